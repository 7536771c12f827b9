import { once } from 'node:events';
import type { Server } from 'node:http';
import { Socket } from 'node:net';
import { Controller, Get, Header, Param } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { SkipApigSignature } from '../../../src/index.js';
import { EchoController, echoModule } from '../../support/echo.controller.js';
import { forward, withHeader } from '../../support/gateway.js';
import { sendBytes, toBytes, type RequestToSend } from '../../support/http-client.js';
import { platforms, start, startForTest, type RunningApp } from '../../support/platforms.js';
import { RawConnection } from '../../support/raw-connection.js';
import { refusalReply, unauthorized } from '../../support/refused-replies.js';
import { until } from '../../support/until.js';

/** More than the buffers of a connection hold. */
const BODY = Buffer.alloc(16 * 2 ** 20, 'a body');
const post = forward({ method: 'POST', target: '/echo', body: BODY });

/** The request’s head, of a client that will not use the connection again. */
function headOf(request: RequestToSend): Buffer {
  const framing = ['Content-Length', String((request.body as Buffer).length)] as const;
  return toBytes({ ...request, headers: [...request.headers, framing, ['Connection', 'close']], body: undefined });
}

/** Notes the requests that it is called for, and closes the connection of each. */
const handled: string[] = [];

@Controller('open')
class OpenController {
  @SkipApigSignature()
  @Header('Connection', 'close')
  @Get(':id')
  open(@Param('id') id: string) {
    handled.push(id);
    return id;
  }
}

const openRequest = (id: string) => toBytes({ method: 'GET', target: `/open/${id}`, headers: [['Host', 'x']] });

describe.each(platforms)('a connection on $name that stays open after a refused request', (platform) => {
  async function serve() {
    // So that nothing ends by the time that a client has for the rest of its body.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { app, port } = await startForTest(platform, echoModule({}, [EchoController, OpenController]));
    handled.length = 0;
    const sockets: Socket[] = [];
    const server = app.getHttpServer() as Server;
    server.on('connection', (socket: Socket) => sockets.push(socket));
    const untilClosed = () => until(() => sockets[0]!.closed);
    return { port, sockets, untilClosed };
  }

  const body = Buffer.alloc(200_000);
  const refusedPost = withHeader(forward({ method: 'POST', target: '/echo', body }), 'Authorization');
  const refusedGet = { method: 'GET', target: '/echo', headers: [['Host', 'x']] as const };

  it.each<[what: string, bytes: Buffer, replies: number]>([
    ['a GET', toBytes(refusedGet), 1],
    ['a POST', toBytes(refusedPost), 1],
    ['several requests at once', Buffer.concat(Array.from({ length: 50 }, () => toBytes(refusedPost))), 50],
  ])('closes at once when the answer to a later request says so: %s', async (_what, bytes, replies) => {
    const { port, sockets, untilClosed } = await serve();
    const connection = await RawConnection.to(port, { allowHalfOpen: true });
    await connection.write(bytes);
    expect(await connection.untilReplied(replies)).toHaveLength(replies);
    await connection.write(openRequest('last'));
    await untilClosed();
    // The server's end of the connection may close before the client's end has read the answer.
    expect((await connection.untilReplied(replies + 1)).at(-1)).toMatchObject({ status: 200, text: 'last' });
    // eslint-disable-next-line @typescript-eslint/unbound-method -- compared, not called
    expect(sockets[0]!.destroySoon).toBe(Socket.prototype.destroySoon);
    connection.socket.destroy();
  });

  it('serves no request that comes after its end', async () => {
    const { port } = await serve();
    const connection = await RawConnection.to(port, { allowHalfOpen: true });
    await connection.write(toBytes(refusedPost));
    await connection.untilReplied();
    await connection.write(openRequest('last'));
    if (!connection.socket.readableEnded) await once(connection.socket, 'end');
    await connection.write(openRequest('late'));
    expect(await sendBytes(port, openRequest('another'))).toContain('another');
    expect(handled).toEqual(['last', 'another']);
    connection.socket.destroy();
  });
});

describe.each(platforms)(
  'a refused request on $name with a body on its way and an answer that says close',
  (platform) => {
    /** Its head and a part of its body are sent, and its answer is read. The 5 s after it never pass. */
    async function refuse() {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      onTestFinished(() => void vi.useRealTimers());
      const { app, port } = await startForTest(platform, echoModule());
      const opened = once(app.getHttpServer() as Server, 'connection') as Promise<[Socket]>;
      const connection = await RawConnection.to(port, { allowHalfOpen: true });
      onTestFinished(() => void connection.socket.destroy());
      const timersBefore = vi.getTimerCount();
      await connection.write(headOf(withHeader(post, 'Authorization', '')));
      await connection.write(BODY.subarray(0, 1000));
      expect(await connection.untilReplied()).toMatchObject([unauthorized('AUTHORIZATION_MISSING')]);
      const [serverSocket] = await opened;
      await until(() => vi.getTimerCount() > timersBefore);
      const closed = new Promise((resolve) => serverSocket.once('close', resolve));
      const untilClosed = async () => {
        await closed;
        expect(vi.getTimerCount()).toBe(timersBefore);
      };
      return { connection, untilClosed };
    }

    it('closes its connection when the body has ended, and leaves no timer', async () => {
      const { connection, untilClosed } = await refuse();
      await connection.write(BODY.subarray(1000));
      await untilClosed();
    });

    it('leaves no timer if the client disconnects', async () => {
      const { connection, untilClosed } = await refuse();
      connection.socket.destroy();
      await untilClosed();
    });
  },
);

describe.each(platforms)('a client on $name that asks for Connection: close', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await start(platform, echoModule({ bodyLimit: 2 ** 20 }));
  });
  afterAll(() => running.app.close());

  it.each<[what: string, request: RequestToSend, reply: object]>([
    ['unsigned', withHeader(post, 'Authorization', ''), unauthorized('AUTHORIZATION_MISSING')],
    [
      'by an unknown key',
      forward({ method: 'POST', target: '/echo', body: BODY }, { key: 'nobody' }),
      unauthorized('KEY_UNKNOWN'),
    ],
    ['too large', post, refusalReply(413, 'BODY_TOO_LARGE', 'Request body too large.')],
  ])('sends its whole body first, and still reads the refusal: %s', async (_what, request, reply) => {
    const connection = await RawConnection.to(running.port);
    connection.socket.pause();
    await connection.write(headOf(request));
    for (let at = 0; at < BODY.length; at += 2 ** 20) await connection.write(BODY.subarray(at, at + 2 ** 20));
    connection.socket.resume();
    expect(await connection.untilReplied()).toMatchObject([reply]);
    await connection.untilClosed();
    expect(connection.replies).toHaveLength(1);
  });

  it('is disconnected after 5 s if its body never ends', async () => {
    const connection = await RawConnection.to(running.port, { allowHalfOpen: true });
    await connection.write(headOf(withHeader(post, 'Authorization', '')));
    expect(await connection.untilReplied()).toMatchObject([unauthorized('AUTHORIZATION_MISSING')]);
    const server = running.app.getHttpServer() as Server;
    await expect
      .poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count))), { timeout: 15_000 })
      .toBe(0);
    connection.socket.destroy();
  });
});
