import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startBackend, startDeskGateway } from '../../support/desk-gateway.js';
import { send, sendBytes, type HeaderLines } from '../../support/http-client.js';
import { RawConnection } from '../../support/raw-connection.js';

type Headers = HeaderLines;

/** A gateway before a backend that counts what reaches it: requests, upgrades and connections. */
async function start(flags: readonly string[] = []) {
  const reached: string[] = [];
  const backend = await startBackend((request, response) => {
    reached.push(`${request.method} ${request.url}`);
    response.end('reached');
  });
  backend.server.on('connection', () => reached.push('connection'));
  backend.server.on('upgrade', (request, socket) => {
    reached.push(`upgrade ${request.url}`);
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  });
  return { ...(await startDeskGateway(backend.port, flags)), reached };
}

const get = (headers: Headers) => ({ method: 'GET', target: '/secret', headers });

const FORBIDDEN: readonly (readonly [name: string, headers: Headers])[] = [
  ['a name that was rebound to this machine', [['Host', 'rebound.example:8787']]],
  ['a name that begins like a loopback address', [['Host', '127.0.0.1.rebound.example']]],
  ['a name that ends like a loopback name', [['Host', 'evil-localhost']]],
  ['a name under localhost', [['Host', 'a.localhost']]],
  ['a name with a final dot', [['Host', 'localhost.']]],
  ['a user before a loopback name', [['Host', 'localhost@rebound.example']]],
  ['a loopback name before something else', [['Host', 'localhost,rebound.example']]],
  ['an address of the network', [['Host', '192.168.0.1']]],
  ['an address that is not valid', [['Host', '127.1.2.300']]],
  ['an empty host', [['Host', '']]],
  [
    'a page of another site',
    [
      ['Host', 'localhost'],
      ['Origin', 'https://evil.example'],
    ],
  ],
  [
    'a page of another port of this machine',
    [
      ['Host', 'localhost:8787'],
      ['Origin', 'http://localhost:3001'],
    ],
  ],
  [
    'a page of this host under https',
    [
      ['Host', 'localhost:8787'],
      ['Origin', 'https://localhost:8787'],
    ],
  ],
  [
    'a page without an origin',
    [
      ['Host', 'localhost'],
      ['Origin', 'null'],
    ],
  ],
  [
    'an empty origin',
    [
      ['Host', 'localhost'],
      ['Origin', ''],
    ],
  ],
  [
    'two origins',
    [
      ['Host', 'localhost'],
      ['Origin', 'http://localhost'],
      ['Origin', 'http://localhost'],
    ],
  ],
  [
    'a picture on a page of another site',
    [
      ['Host', 'localhost'],
      ['Sec-Fetch-Site', 'cross-site'],
    ],
  ],
  [
    'a picture on a page of another port',
    [
      ['Host', 'localhost'],
      ['Sec-Fetch-Site', 'same-site'],
    ],
  ],
  [
    'two values of Sec-Fetch-Site',
    [
      ['Host', 'localhost'],
      ['Sec-Fetch-Site', 'none'],
      ['Sec-Fetch-Site', 'cross-site'],
    ],
  ],
  [
    'an origin of its own from another site',
    [
      ['Host', 'localhost'],
      ['Origin', 'http://localhost'],
      ['Sec-Fetch-Site', 'cross-site'],
    ],
  ],
];

describe('a request that the gateway does not sign', () => {
  it.each(FORBIDDEN)('is refused with 403 and does not reach the backend: %s', async (_, headers) => {
    const { port, reached, ...desk } = await start();
    const reply = await send(port, get(headers));
    expect(reply).toMatchObject({ status: 403, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    expect(await desk.lineOf('GET /secret 403')).toContain('not');
    const upgrade = [...headers, ['Connection', 'Upgrade'], ['Upgrade', 'websocket']] as const;
    const text = upgrade.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    expect(await sendBytes(port, Buffer.from(`GET /secret HTTP/1.1\r\n${text}\r\n`))).toMatch(/^HTTP\/1\.1 403 /);
    expect(reached).toEqual([]);
  });

  it('is refused without a Host in HTTP/1.0', async () => {
    const { port, reached } = await start();
    expect(await sendBytes(port, Buffer.from('GET / HTTP/1.0\r\n\r\n'))).toMatch(/^HTTP\/1\.1 403 /);
    expect(reached).toEqual([]);
  });

  it.each([
    ['CONNECT', 'CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n'],
    ['a target with a host', 'GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['the target *', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
    [
      'two hosts far apart',
      `GET / HTTP/1.1\r\nHost: localhost\r\n${'a:\r\n'.repeat(2500)}Host: evil.example\r\nConnection: close\r\n\r\n`,
    ],
    [
      'a WebSocket handshake with a body',
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc',
    ],
  ])('is refused with 400 because of %s', async (_, text) => {
    const { port, reached } = await start();
    expect(await sendBytes(port, Buffer.from(text))).toMatch(/^HTTP\/1\.1 400 /);
    expect(reached).toEqual([]);
  });

  it('is not asked for its body', async () => {
    const { port } = await start();
    const connection = await RawConnection.to(port);
    await connection.write(
      'POST / HTTP/1.1\r\nHost: evil.example\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n',
    );
    while (!connection.received.includes('evil.example')) await once(connection.socket, 'data');
    expect(connection.received).toMatch(/^HTTP\/1\.1 403 /);
    connection.socket.destroy();
  });
});

describe('a request that the gateway signs', () => {
  it.each<[name: string, headers: Headers, flags?: string[]]>([
    ['this machine', [['Host', 'LOCALHOST:8787']]],
    ['an address of this machine', [['Host', '127.0.0.2:1']]],
    ['an IPv6 address of this machine', [['Host', '[::1]:8787']]],
    [
      'a page of its own',
      [
        ['Host', 'localhost:8787'],
        ['Origin', 'http://localhost:8787'],
        ['Sec-Fetch-Site', 'same-origin'],
      ],
    ],
    [
      'an address that somebody typed',
      [
        ['Host', 'localhost:8787'],
        ['Sec-Fetch-Site', 'none'],
      ],
    ],
    [
      'a host that --allow-host names',
      [['Host', 'gateway.example:80']],
      ['--allow-host', 'Gateway.Example', '--allow-host', 'b'],
    ],
    [
      'a page that --allow-origin names',
      [
        ['Host', 'localhost'],
        ['Origin', 'http://localhost:5173'],
        ['Sec-Fetch-Site', 'cross-site'],
      ],
      ['--allow-origin', 'http://localhost:5173'],
    ],
  ])('is accepted: %s', async (_, headers, flags) => {
    const { port, reached } = await start(flags);
    expect(await send(port, get(headers))).toMatchObject({ status: 200, text: 'reached' });
    expect(reached).toEqual(['connection', 'GET /secret']);
  });

  it('is accepted for the address of --listen, with a warning at the start', async () => {
    const { port, reached, warnings } = await start(['--listen', '0.0.0.0:0']);
    expect(await send(port, get([['Host', `0.0.0.0:${port}`]]))).toMatchObject({ status: 200 });
    expect(await send(port, get([['Host', `10.0.0.1:${port}`]]))).toMatchObject({ status: 403 });
    expect(reached).toEqual(['connection', 'GET /secret']);
    expect(warnings).toEqual([
      `Warning: everyone who reaches 0.0.0.0:${port} is signed as signature_key1. Listen on 127.0.0.1 if you can.`,
    ]);
  });
});

describe('the warning about an address that other computers reach', () => {
  it('is red on a terminal', async () => {
    const { port } = await startBackend((_, response) => response.end());
    const { warnings } = await startDeskGateway(port, ['--listen', '0.0.0.0:0'], { isColoured: true });
    expect(warnings[0]).toMatch(/^\x1b\[31mWarning: .*\x1b\[0m$/);
  });
});
