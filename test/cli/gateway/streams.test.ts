import { once } from 'node:events';
import { createServer, request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createVerifier } from '../../../src/core/index.js';
import { startBackend, startDeskGateway } from '../../support/desk-gateway.js';
import { freePort } from '../../support/free-port.js';
import { KEYS } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import { RawConnection } from '../../support/raw-connection.js';

const MEBIBYTE = 2 ** 20;

const open = (port: number, options: object = {}): ClientRequest =>
  request({ port, host: '127.0.0.1', agent: false, ...options });
const answerOf = async (outgoing: ClientRequest) => ((await once(outgoing, 'response')) as [IncomingMessage])[0];
const get = (target: string) => ({ method: 'GET', target, headers: [['Host', 'localhost']] as const });

/** A server that answers a request with these bytes, and closes the connection. */
async function startRawBackend(bytes: string) {
  const backend = await startBackend(() => undefined);
  backend.server.removeAllListeners('connection').on('connection', (socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end(bytes, 'latin1', () => socket.destroy()));
  });
  return backend;
}

describe('an answer through the gateway', () => {
  it('begins before its body, and sends each event on its own', async () => {
    let response!: ServerResponse;
    const { port } = await startBackend((_, outgoing) => {
      response = outgoing.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.flushHeaders();
    });
    const desk = await startDeskGateway(port);
    const answer = await answerOf(open(desk.port).end());
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      response.write(event);
      expect(String((await once(answer, 'data'))[0])).toBe(event);
    }
    response.end();
    await once(answer, 'end');
  });

  it('may take longer than idle connections are kept', async () => {
    const { port } = await startBackend((_, response) => void wait(3500).then(() => response.end('late')));
    const desk = await startDeskGateway(port);
    expect(await send(desk.port, get('/'))).toMatchObject({ status: 200, text: 'late' });
  });

  it('waits for a slow reader', async () => {
    let sent = 0;
    const { port } = await startBackend((_, response) => {
      const chunk = Buffer.alloc(MEBIBYTE);
      const fill = () => {
        while (sent < 256 && response.write(chunk)) sent++;
        if (sent++ < 256) response.once('drain', fill);
        else response.end();
      };
      fill();
    });
    const desk = await startDeskGateway(port);
    const answer = await answerOf(open(desk.port).end());
    answer.pause();
    let before = -1;
    while (before !== sent) {
      before = sent;
      await wait(300);
    }
    expect(sent).toBeLessThan(64);
    let received = 0;
    for await (const chunk of answer) received += (chunk as Buffer).length;
    expect(received).toBeGreaterThanOrEqual(256 * MEBIBYTE);
  });

  it('breaks off where the backend breaks it off', async () => {
    const { port } = await startBackend((_, response) => {
      response.writeHead(200, { 'Content-Length': '10' });
      response.write('abc', () => response.destroy());
    });
    const desk = await startDeskGateway(port);
    const answer = await answerOf(open(desk.port).end());
    await expect(text(answer)).rejects.toThrow('aborted');
    expect(await desk.lineOf('GET / 200')).toContain('The backend ended its answer too early.');
  });

  it('breaks off at a trailer that is not valid', async () => {
    const { port } = await startRawBackend(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-A: \x7f\r\n\r\n',
    );
    const desk = await startDeskGateway(port);
    await expect(send(desk.port, get('/'))).rejects.toThrow();
    expect(await desk.lineOf('GET / 200')).toContain('The backend ended its answer too early.');
  });

  it.each([
    ['that is not HTTP', 'SMTP ready\r\n', '(HPE_'],
    ['that is framed twice', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', '(HPE_'],
    ['with a control character in its status line', 'HTTP/1.1 200 O\x01K\r\n\r\n', 'is not valid'],
    ['with a control character in a header', 'HTTP/1.1 200 OK\r\nX-A: \x01\r\n\r\n', '(HPE_'],
    ['with a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', '(HPE_'],
    ['with a status below 100', 'HTTP/1.1 099 OK\r\n\r\n', 'is not valid'],
    ['that never comes', '', '(ECONNRESET)'],
  ])('becomes 502 if it is one %s', async (_, bytes, reason) => {
    const { port } = await startRawBackend(bytes);
    const desk = await startDeskGateway(port);
    const reply = await send(desk.port, get('/'));
    expect(reply.status).toBe(502);
    expect(reply.text).toContain(reason);
  });
});

describe('a body through the gateway', () => {
  it('waits for a slow backend', async () => {
    const arrived: IncomingMessage[] = [];
    const { port } = await startBackend((incoming, response) => {
      arrived.push(incoming);
      incoming.on('end', () => response.end('done'));
    });
    const desk = await startDeskGateway(port);
    const outgoing = open(desk.port, { method: 'POST', headers: { 'Transfer-Encoding': 'chunked' } });
    const answer = answerOf(outgoing);
    let sent = 0;
    const chunk = Buffer.alloc(MEBIBYTE);
    for (let idle = false; !idle;) {
      sent++;
      idle = !outgoing.write(chunk) && !(await Promise.race([once(outgoing, 'drain'), wait(1000)]));
    }
    expect(sent).toBeGreaterThan(12);
    expect(sent).toBeLessThan(64);
    arrived[0]!.resume();
    outgoing.end();
    expect(await text(await answer)).toBe('done');
  });

  it('goes on after 100 Continue', async () => {
    const { port } = await startBackend((incoming, response) => void text(incoming).then((body) => response.end(body)));
    const desk = await startDeskGateway(port);
    const outgoing = open(desk.port, { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': '3' } });
    outgoing.flushHeaders();
    await once(outgoing, 'continue');
    outgoing.end('abc');
    expect(await text(await answerOf(outgoing))).toBe('abc');
  });

  it('is read to its end if the backend answers early', async () => {
    const { port } = await startBackend((_, response) => {
      response.writeHead(413, { Connection: 'close', 'Content-Length': '9' }).end('too large');
    });
    const desk = await startDeskGateway(port);
    const connection = await RawConnection.to(desk.port);
    const size = 30 * MEBIBYTE;
    await connection.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${size}\r\n\r\n`);
    expect(await connection.untilReplied()).toMatchObject([{ status: 413, text: 'too large' }]);
    await connection.write(Buffer.alloc(size));
    await connection.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await connection.untilReplied(2)).map(({ status }) => status)).toEqual([413, 413]);
    connection.socket.destroy();
  });
});

describe('the gateway, when one side leaves', () => {
  it('leaves the backend when a client leaves that waits for an answer', async () => {
    let left!: Promise<unknown>;
    const { port, server } = await startBackend((_, response) => {
      left = once(response, 'close');
    });
    const desk = await startDeskGateway(port);
    const outgoing = open(desk.port).end();
    outgoing.on('error', () => undefined);
    await once(server, 'request');
    outgoing.destroy();
    await left;
    expect(await desk.lineOf('GET / ---')).toContain('The client left before the answer was complete.');
  });

  it.each([
    ['signed', 3],
    ['streamed', 20 * MEBIBYTE],
  ])('leaves the backend when a client leaves in the middle of a body that is %s', async (_, length) => {
    const ends: string[] = [];
    const { port } = await startBackend((incoming) => {
      incoming
        .resume()
        .on('aborted', () => ends.push('aborted'))
        .on('end', () => ends.push('end'));
    });
    const desk = await startDeskGateway(port);
    const connection = await RawConnection.to(desk.port);
    await connection.write(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\na`);
    await wait(100);
    connection.socket.destroy();
    await desk.lineOf('POST / ---');
    await wait(100);
    expect(ends).toEqual(length === 3 ? [] : ['aborted']);
  });

  it('reaches the backend again when it comes back', async () => {
    const port = await freePort();
    const desk = await startDeskGateway(port);
    const reply = await send(desk.port, get('/'));
    expect(reply).toMatchObject({
      status: 502,
      text: `apig-sign gateway: No answer from the backend http://127.0.0.1:${port} (ECONNREFUSED). Nothing listens there: start the backend, or correct --to.\n`,
    });
    expect(await desk.lineOf('GET / 502')).toContain('Nothing listens there');
    const backend = createServer((_, response) => response.end('back')).listen(port, '127.0.0.1');
    await once(backend, 'listening');
    expect(await send(desk.port, get('/'))).toMatchObject({ status: 200, text: 'back' });
    backend.closeAllConnections();
    backend.close();
    expect(await send(desk.port, get('/'))).toMatchObject({ status: 502 });
  });
});

describe('a WebSocket through the gateway', () => {
  async function startEcho() {
    const verifier = createVerifier({ keys: KEYS });
    const { port, server } = await startBackend((_, response) => response.writeHead(404).end('no such page'));
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (incoming, socket, head) => {
      const headers = Array.from({ length: incoming.rawHeaders.length / 2 }, (_, at) => {
        return [incoming.rawHeaders[2 * at]!, incoming.rawHeaders[2 * at + 1]!] as const;
      });
      const verdict = verifier.verify({ method: 'GET', target: incoming.url ?? '', headers });
      if (!('ok' in verdict && verdict.ok))
        return void socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      if (incoming.url === '/refused') {
        return void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno');
      }
      sockets.handleUpgrade(incoming, socket, head, (client) => {
        client.on('message', (data, isBinary) => client.send(data as Buffer, { binary: isBinary }));
      });
    });
    onTestFinished(() => sockets.clients.forEach((client) => client.terminate()));
    return { port, sockets };
  }

  it('is signed, and carries messages both ways', async () => {
    const { port } = await startEcho();
    const desk = await startDeskGateway(port);
    const client = new WebSocket(`ws://127.0.0.1:${desk.port}/chat?room=1`, {
      origin: `http://127.0.0.1:${desk.port}`,
    });
    await once(client, 'open');
    for (const message of [Buffer.from('hello'), Buffer.alloc(2 * MEBIBYTE, 'x')]) {
      client.send(message);
      expect(Buffer.compare((await once(client, 'message'))[0] as Buffer, message)).toBe(0);
    }
    client.close(4000, 'enough');
    expect((await once(client, 'close'))[0]).toBe(4000);
    await desk.lineOf('GET /chat 101');
  });

  it('passes on the bytes that the client sends with its handshake', async () => {
    const { port } = await startEcho();
    const desk = await startDeskGateway(port);
    const socket = connect(desk.port, '127.0.0.1');
    const head = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
    socket.write(
      Buffer.concat([
        Buffer.from(`${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n\r\n`),
        frame,
      ]),
    );
    let received = '';
    while (!received.endsWith('\x81\x02hi')) received += ((await once(socket, 'data'))[0] as Buffer).toString('latin1');
    expect(received).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    socket.destroy();
  });

  it('is refused if the backend refuses it', async () => {
    const { port } = await startEcho();
    const desk = await startDeskGateway(port);
    const client = new WebSocket(`ws://127.0.0.1:${desk.port}/refused`);
    expect(String((await once(client, 'error'))[0])).toContain('403');
    expect(await desk.lineOf('GET /refused')).toContain(' 403 ');
  });

  it('gives 502 if the backend is not reachable', async () => {
    const desk = await startDeskGateway(await freePort());
    const client = new WebSocket(`ws://127.0.0.1:${desk.port}/`);
    expect(String((await once(client, 'error'))[0])).toContain('502');
  });

  it.each(['client', 'backend'])('ends on both sides when the %s is gone', async (who) => {
    const { port, sockets } = await startEcho();
    const desk = await startDeskGateway(port);
    const client = new WebSocket(`ws://127.0.0.1:${desk.port}/`);
    await once(client, 'open');
    const backend = [...sockets.clients][0]!;
    const [leaver, other] = who === 'client' ? [client, backend] : [backend, client];
    const closed = once(other, 'close');
    leaver.terminate();
    await closed;
  });

  it('is not opened for an upgrade to HTTP/2, which is ignored', async () => {
    const { port } = await startBackend((incoming, response) => {
      void text(incoming).then((body) => response.end(JSON.stringify([incoming.headers.upgrade ?? null, body])));
    });
    const desk = await startDeskGateway(port);
    const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
    const first = `${head}Connection: Upgrade, HTTP2-Settings\r\nContent-Length: 3\r\n\r\nabc`;
    const connection = await RawConnection.to(desk.port);
    // One after the other: what comes together with an upgrade that it ignores, Node itself drops.
    await connection.write(first);
    await connection.untilReplied();
    await connection.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    await connection.untilClosed();
    expect(connection.received).toContain('[null,"abc"]');
    expect(connection.received).toContain('[null,""]');
  });
});

describe('the gateway, when it ends', () => {
  it('lets a running request finish, and takes no new request', async () => {
    let response!: ServerResponse;
    const { port, server } = await startBackend((_, outgoing) => (response = outgoing));
    const desk = await startDeskGateway(port);
    const connection = await RawConnection.to(desk.port);
    await connection.write('GET /running HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(server, 'request');
    const closed = desk.close();
    await expect(send(desk.port, get('/late'))).rejects.toThrow('ECONNREFUSED');
    response.end('finished');
    expect(await connection.untilReplied()).toMatchObject([{ status: 200, text: 'finished' }]);
    await connection.write('GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await connection.untilReplied(2)).toMatchObject([{}, { status: 503 }]);
    await closed;
  });

  it('breaks off requests and WebSockets that still run after a second', async () => {
    const { port, server } = await startBackend(() => undefined);
    const desk = await startDeskGateway(port);
    server.on('upgrade', (_, socket) => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    });
    const [request, upgrade] = [await RawConnection.to(desk.port), await RawConnection.to(desk.port)];
    await request.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await upgrade.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await once(upgrade.socket, 'data');
    await desk.close();
    await Promise.all([request.untilClosed(), upgrade.untilClosed()]);
  });
});
