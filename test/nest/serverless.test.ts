import { createServer, IncomingMessage, ServerResponse, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { catchAll } from '../support/catch-all.js';
import { forward, KEY, KEYS, SECRET } from '../support/gateway.js';
import { send, sendBytes, toBytes, type RequestToSend } from '../support/http-client.js';
import { express } from '../support/platforms.js';

/**
 * A request as serverless adapters make it: headers as an object, no `rawHeaders`, and an object in place of a socket.
 */
function eventRequest({ method, target, headers, body }: RequestToSend, length: unknown): IncomingMessage {
  const request = new IncomingMessage(new PassThrough() as never);
  const byName = new Map<string, string[]>();
  for (const [name, value] of headers) {
    byName.set(name.toLowerCase(), [...(byName.get(name.toLowerCase()) ?? []), value]);
  }
  const fields = [...byName].map(([name, values]) => [name, values.length === 1 ? values[0] : values]);
  Object.assign(request, {
    ...{ method, url: target, complete: true, httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 },
    headers: { ...Object.fromEntries(fields), 'content-length': length },
    _read: () => {
      request.push(body ?? Buffer.alloc(0));
      request.push(null);
    },
  });
  return request;
}

describe('a request of a serverless adapter, without rawHeaders', () => {
  async function startWith() {
    const app = await NestFactory.create(catchAll({ keys: KEYS }), express.adapter(), { logger: false });
    await app.init();
    onTestFinished(() => app.close());
    const listener = app.getHttpAdapter().getInstance() as RequestListener;
    return async (request: RequestToSend, length: unknown = (request.body as Buffer | undefined)?.length ?? 0) => {
      const event = eventRequest(request, length);
      const response = new ServerResponse(event);
      const written: string[] = [];
      response.end = ((chunk: unknown) => (written.push(String(chunk)), response.emit('done'), response)) as never;
      const done = new Promise((resolve) => response.once('done', resolve));
      listener(event, response);
      await done;
      return { status: response.statusCode, text: written.join('') };
    };
  }
  const passed = { status: 200, text: JSON.stringify({ key: KEY, bodyVerified: true }) };

  it.each<[what: string, request: RequestToSend]>([
    ['GET', forward({ target: '/a?b=1&b=2' })],
    ['POST', forward({ method: 'POST', target: '/a', body: '{"a":1}', headers: [['Content-Type', 'text/plain']] })],
    ['binary', forward({ method: 'PUT', target: '/a', body: Buffer.from([0, 255, 254, 10]) })],
    ['a header whose value is beyond ASCII', forward({ target: '/a', headers: [['X-Name', 'é']] })],
  ])('accepts %s', async (_, request) => {
    const call = await startWith();
    expect(await call(request)).toMatchObject(passed);
    expect(await call({ ...request, target: '/other' })).toMatchObject({ status: 401 });
  });

  it('accepts unsigned and refuses signed repeated headers', async () => {
    const call = await startWith();
    const request = forward({ target: '/a', headers: [['X-Note', 'a']] });
    expect(await call({ ...request, headers: [...request.headers, ['X-Other', '1'], ['X-Other', '2']] })).toMatchObject(
      passed,
    );
    const repeated = await call({ ...request, headers: [...request.headers, ['X-Note', 'b']] });
    expect(repeated.text).toContain('SIGNED_HEADER_REPEATED');
  });

  it('refuses another secret, an unsigned request, and another body', async () => {
    const call = await startWith();
    expect((await call(forward({}, { secret: `not ${SECRET}` }))).text).toContain('SIGNATURE_MISMATCH');
    expect((await call({ ...forward(), headers: [['Host', 'a']] })).text).toContain('AUTHORIZATION_MISSING');
    const post = forward({ method: 'POST', target: '/a', body: 'one body' });
    expect((await call({ ...post, body: Buffer.from('two body') })).text).toContain('SIGNATURE_MISMATCH');
  });
});

describe('a function that is called with Node’s own request', () => {
  /** Serves with a function that gets the application to call, and the promise of it. */
  async function serveWith(call: (app: RequestListener) => RequestListener) {
    const app = await NestFactory.create(catchAll({ keys: KEYS }), express.adapter(), { logger: false });
    await app.init();
    const server = createServer(call(app.getHttpAdapter().getInstance() as RequestListener));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      server.close();
      await app.close();
    });
    return (server.address() as AddressInfo).port;
  }
  const post = forward({ method: 'POST', target: '/a', body: 'a body' });

  it('serves a body if it calls Nest at once', async () => {
    const port = await serveWith((app) => (request, response) => app(request, response));
    expect(await send(port, post)).toMatchObject({ status: 200 });
  });

  it('refuses a body that arrives before it calls Nest, and serves requests without a body', async () => {
    const port = await serveWith((app) => (request, response) => {
      setImmediate(app, request, response);
    });
    const refused = await send(port, post);
    expect([refused.status, refused.text]).toEqual([500, expect.stringContaining('BODY_NOT_CAPTURED')]);
    expect(await send(port, forward({ target: '/a' }))).toMatchObject({ status: 200 });
  });

  it('has an empty chunked body refused if the body ends before it calls Nest', async () => {
    const port = await serveWith((app) => (request, response) => {
      setImmediate(app, request, response);
    });
    const { headers, ...empty } = forward({ method: 'POST', target: '/a' });
    const framing = [['Transfer-Encoding', 'chunked'] as const, ['Connection', 'close'] as const];
    const head = toBytes({ ...empty, headers: [...headers, ...framing] });
    const reply = await sendBytes(port, Buffer.concat([head, Buffer.from('0\r\n\r\n')]));
    expect(reply).toContain('500 Internal Server Error');
    expect(reply).toContain('BODY_NOT_CAPTURED');
  });
});
