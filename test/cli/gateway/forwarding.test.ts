import { once } from 'node:events';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { parseSdkDate, signRequest } from '../../../src/core/index.js';
import { catchAll } from '../../support/catch-all.js';
import { startBackend, startDeskGateway } from '../../support/desk-gateway.js';
import { KEY, KEYS } from '../../support/gateway.js';
import { send, type RequestToSend } from '../../support/http-client.js';
import { platforms, start, type RunningApp } from '../../support/platforms.js';

const MEBIBYTE = 2 ** 20;
const HOST = ['Host', 'localhost'] as const;

const get = (target: string, headers: RequestToSend['headers'] = []) => ({
  method: 'GET',
  target,
  headers: [HOST, ...headers],
});

/** The header lines of a name that a backend received. */
const linesOf = ({ rawHeaders }: IncomingMessage, name: string) =>
  rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]!.toLowerCase() === name.toLowerCase());

describe.each(platforms)('the gateway, before an application on $name', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await start(platform, catchAll({ keys: KEYS }));
  });
  afterAll(() => running.app.close());

  const verified = { status: 200, text: JSON.stringify({ key: KEY, bodyVerified: true }) };

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('signs %s, with a body and without', async (method) => {
    const { port } = await startDeskGateway(running.port);
    expect(await send(port, { ...get('/a?b=1'), method })).toMatchObject(verified);
    const body = Buffer.from([0, 255, 10, 13]);
    const headers = [HOST, ['Content-Type', 'application/octet-stream']] as const;
    expect(await send(port, { method, target: '/a', headers, body })).toMatchObject(verified);
    expect(await send(port, { method, target: '/a', headers, body: [body, body] })).toMatchObject(verified);
  });

  it('signs HEAD', async () => {
    const { port } = await startDeskGateway(running.port);
    expect(await send(port, { ...get('/'), method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  it('signs every target and every body', async () => {
    const { port } = await startDeskGateway(running.port);
    const piece = fc.string({
      unit: fc.constantFrom('a', 'Z', '0', '-', '.', '~', '%20', '%C3%A9', '+', '*', '@', ':', '(', "'"),
    });
    const target = fc
      .tuple(fc.array(piece, { maxLength: 4 }), fc.array(fc.tuple(fc.constantFrom('a', 'b'), piece), { maxLength: 4 }))
      .map(([path, query]) => `/x${path.join('/')}?${query.map((pair) => pair.join('=')).join('&')}`);
    await fc.assert(
      fc.asyncProperty(target, fc.uint8Array({ maxLength: 200 }), async (target, body) => {
        const reply = await send(port, { method: 'POST', target, headers: [HOST], body });
        expect(reply).toMatchObject(verified);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['a body of 12 MiB is signed', 12 * MEBIBYTE, true],
    ['a longer body streams, not signed', 12 * MEBIBYTE + 1, false],
  ])('%s', async (_, size, bodyVerified) => {
    const large = await start(platform, catchAll({ keys: KEYS, bodyLimit: 16 * MEBIBYTE, heldBytes: 64 * MEBIBYTE }));
    try {
      const { port } = await startDeskGateway(large.port);
      const body = Buffer.alloc(size, 'x');
      const headers = [HOST, ['Content-Type', 'application/octet-stream']] as const;
      const answer = { status: 200, text: JSON.stringify({ key: KEY, bodyVerified }) };
      expect(await send(port, { method: 'POST', target: '/', headers, body })).toMatchObject(answer);
      const chunks = [body.subarray(0, size / 2), body.subarray(size / 2)];
      expect(await send(port, { method: 'POST', target: '/', headers, body: chunks })).toMatchObject(answer);
    } finally {
      await large.app.close();
    }
  });

  it('signs further headers of --signed-headers if a request has them', async () => {
    const strict = await start(platform, catchAll({ keys: KEYS, signedIfPresent: ['content-type', 'x-tenant'] }));
    try {
      const { port } = await startDeskGateway(strict.port, [
        '--signed-headers',
        'Host;X-Sdk-Date;Content-Type;X-Tenant;X-Sdk-Content-Sha256',
      ]);
      const headers = [HOST, ['content-type', 'text/plain'], ['X-Tenant', 'caf\xc3\xa9 ']] as const;
      expect(await send(port, { method: 'POST', target: '/', headers, body: Buffer.from('a') })).toMatchObject(
        verified,
      );
      expect(await send(port, get('/'))).toMatchObject(verified);
      expect(
        await send(
          port,
          get('/', [
            ['X-Tenant', 'a'],
            ['X-Tenant', 'b'],
          ]),
        ),
      ).toMatchObject({ status: 400 });
      expect(await send(port, get('/', [['X-Tenant', '\xe9']]))).toMatchObject({ status: 400 });
    } finally {
      await strict.app.close();
    }
  });

  it("replaces the client's date, hash and signature, and warns once", async () => {
    const desk = await startDeskGateway(running.port);
    const headers = [
      ['Authorization', 'Basic bWU6d29yZA=='],
      ['X-Sdk-Date', '20200101T000000Z'],
      ['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD'],
    ] as const;
    expect(await send(desk.port, get('/', headers))).toMatchObject(verified);
    expect(await send(desk.port, get('/', headers))).toMatchObject(verified);
    expect(desk.warnings).toEqual(['A client sends an Authorization header of its own: the signature replaces it.']);
  });

  it('signs with the first secret of the named key', async () => {
    const { port } = await startDeskGateway(running.port, ['--key', 'unknown', '--secret', 'whatever']);
    expect(JSON.parse((await send(port, get('/'))).text)).toMatchObject({ code: 'KEY_UNKNOWN' });
  });
});

describe('the gateway', () => {
  const echo = () =>
    startBackend((request, response) => {
      void text(request).then((body) =>
        response.end(JSON.stringify({ url: request.url, headers: request.rawHeaders, body })),
      );
    });
  const received = async (port: number, request: RequestToSend) => {
    const { url, headers, body } = JSON.parse((await send(port, request)).text) as {
      url: string;
      headers: string[];
      body: string;
    };
    return { url, rawHeaders: headers, body } as unknown as IncomingMessage & { readonly body: string };
  };

  it('keeps repeated headers, their order and their case', async () => {
    const { port } = await startDeskGateway((await echo()).port);
    const { rawHeaders } = await received(
      port,
      get('/', [
        ['X-B', '1'],
        ['x-a', ' 2 '],
        ['X-b', '3'],
        ['Cookie', 'a=1'],
        ['Cookie', 'b=2'],
      ]),
    );
    expect(rawHeaders.slice(2, 12)).toEqual(['X-B', '1', 'x-a', '2', 'X-b', '3', 'Cookie', 'a=1', 'Cookie', 'b=2']);
  });

  it('removes the headers of one connection, and those that Connection names', async () => {
    const { port } = await startDeskGateway((await echo()).port);
    const sent = get('/', [
      ['Connection', 'close, X-Private'],
      ['X-Private', '1'],
      ['Keep-Alive', '1'],
      ['Proxy-Authorization', 'Basic a'],
      ['Proxy-Connection', 'close'],
      ['TE', 'trailers'],
      ['X-Public', '1'],
    ]);
    const got = await received(port, sent);
    expect(got.rawHeaders.filter((_, at) => at % 2 === 0)).toEqual([
      'Host',
      'X-Public',
      'X-Sdk-Date',
      'Authorization',
      'Connection',
    ]);
    expect(linesOf(got, 'connection')).toEqual(['keep-alive']);
  });

  it('frames a body once, whatever Connection names', async () => {
    const { port } = await startDeskGateway((await echo()).port);
    const headers = [HOST, ['Connection', 'content-length, host, x-sdk-date']] as const;
    const got = await received(port, { method: 'POST', target: '/', headers, body: Buffer.from('abc') });
    expect([got.body, linesOf(got, 'content-length'), linesOf(got, 'host').length]).toEqual(['abc', ['3'], 1]);
    expect(linesOf(got, 'transfer-encoding')).toEqual([]);
  });

  it('keeps the target unchanged', async () => {
    const { port } = await startDeskGateway((await echo()).port);
    for (const target of ['/a/../b//c/./?&&a=1&a', '//elsewhere.example/x', '/%2e%2E/%c3%A9?%41', '/?']) {
      expect((await received(port, get(target))).url).toBe(target);
    }
  });

  it("sends the backend's host, or the client's with --preserve-host", async () => {
    const backend = await echo();
    const plain = await startDeskGateway(backend.port);
    expect(linesOf(await received(plain.port, get('/')), 'host')).toEqual([`127.0.0.1:${backend.port}`]);
    const preserving = await startDeskGateway(backend.port, ['--preserve-host']);
    expect(linesOf(await received(preserving.port, get('/')), 'host')).toEqual(['localhost']);
  });

  it('signs the path with --path-prefix, and sends it without the prefix', async () => {
    const { port } = await startDeskGateway((await echo()).port, [
      '--path-prefix',
      '/api/v1',
      '--secret',
      's',
      '--key',
      'k',
    ]);
    const got = await received(port, get('/a?b=1'));
    const date = parseSdkDate(linesOf(got, 'x-sdk-date')[0]!);
    const sent = { method: 'GET', target: '/api/v1/a?b=1', headers: [['Host', linesOf(got, 'host')[0]!]] as const };
    expect(got.url).toBe('/a?b=1');
    expect(linesOf(got, 'authorization')).toEqual([signRequest(sent, { key: 'k', secret: 's', date }).authorization]);
  });

  it('passes an answer back unchanged', async () => {
    const { port } = await startBackend((_, response) => {
      response.sendDate = false;
      response.writeHead(307, 'Over There', [
        'Set-Cookie',
        'a=1',
        'X-A',
        '1',
        'set-cookie',
        'b=2',
        'Location',
        'http://elsewhere.example/',
        'Content-Encoding',
        'gzip',
      ]);
      response.end(Buffer.from([0, 255, 128]));
    });
    const desk = await startDeskGateway(port);
    const reply = await fetch(`http://127.0.0.1:${desk.port}/`, { redirect: 'manual' });
    expect(reply).toMatchObject({ status: 307, statusText: 'Over There' });
    const { headers } = await send(desk.port, get('/'));
    expect(headers).toMatchObject({
      'set-cookie': ['a=1', 'b=2'],
      location: 'http://elsewhere.example/',
      'content-encoding': 'gzip',
    });
    expect(headers).not.toHaveProperty('date');
  });

  it('passes trailers of a chunked answer back', async () => {
    const { port } = await startBackend((_, response) => {
      response.write('body');
      response.addTrailers({ 'X-Checksum': 'abc' });
      response.end();
    });
    const desk = await startDeskGateway(port);
    const outgoing = request({ port: desk.port, host: '127.0.0.1' }).end();
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(await text(answer)).toBe('body');
    expect(answer.trailers).toEqual({ 'x-checksum': 'abc' });
  });

  it('keeps connections to the backend, and repeats a request if one was closed', async () => {
    let connections = 0;
    const backend = createServer((_, response) => response.end('ok')).on('connection', () => connections++);
    backend.keepAliveTimeout = 0;
    backend.listen(0, '127.0.0.1');
    await once(backend, 'listening');
    const { port } = await startDeskGateway((backend.address() as AddressInfo).port);
    for (let at = 0; at < 5; at++) await send(port, get('/'));
    expect(connections).toBe(1);
    backend.closeAllConnections();
    expect(await send(port, get('/'))).toMatchObject({ status: 200, text: 'ok' });
    backend.closeAllConnections();
    backend.close();
  });
});
