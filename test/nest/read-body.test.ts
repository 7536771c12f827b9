import type { IncomingMessage, RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { ApigSignatureOptions } from '../../src/index.js';
import { catchAll } from '../support/catch-all.js';
import { forward, KEY, KEYS, withHeader } from '../support/gateway.js';
import { send, type RequestToSend } from '../support/http-client.js';
import { mountForTest, platforms, startForTest, type Platform } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';
import { unauthorized } from '../support/refused-replies.js';

const kept = new WeakMap<IncomingMessage, Buffer>();

/** What a serverless platform does: it reads the body, keeps the bytes, and calls the application then. */
const readFirst =
  (listener: RequestListener): RequestListener =>
  (request, response) => {
    void buffer(request).then((bytes) => {
      kept.set(request, bytes);
      listener(request, response);
    });
  };

const rawOf = (request: object) => ((request as { raw?: IncomingMessage }).raw ?? request) as IncomingMessage;
const readKept = (request: object) => kept.get(rawOf(request));
const BODY = Buffer.from('some bytes \xff', 'latin1');
const post = (body: Buffer | Buffer[] = BODY) => forward({ method: 'POST', target: '/a', body });
const passed = { status: 200, text: JSON.stringify({ key: KEY, bodyVerified: true }) };
const LOST = { status: 500, text: expect.stringContaining('"code":"BODY_NOT_CAPTURED"') as string };

describe.each(platforms)('readBody, on $name', (platform) => {
  async function startWith(readBody: unknown, options: ApigSignatureOptions = {}, mount = mountForTest) {
    const module = catchAll({ keys: KEYS, readBody: readBody as () => undefined, ...options });
    return (await mount(platform, module, readFirst)).port;
  }

  it('gives the bytes of a body that was read earlier', async () => {
    const port = await startWith(readKept);
    expect(await send(port, post())).toMatchObject(passed);
    expect(await send(port, post([BODY, BODY]))).toMatchObject(passed);
    expect(await send(port, post(Buffer.alloc(0)))).toMatchObject(passed);
    expect(await send(port, forward({ target: '/a' }))).toMatchObject(passed);
    expect(await send(port, { ...post(), body: Buffer.from('other byte') })).toMatchObject(
      unauthorized('SIGNATURE_MISMATCH'),
    );
    const declared = forward({ method: 'POST', target: '/a', headers: [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']] });
    expect(await send(port, { ...declared, body: BODY })).toMatchObject({ status: 200 });
  });

  it('may give nothing if the headers declare no body', async () => {
    const port = await startWith(() => undefined);
    expect(await send(port, forward({ target: '/a' }))).toMatchObject(passed);
    expect(await send(port, post(Buffer.alloc(0)))).toMatchObject(passed);
    const empty = forward({ method: 'POST', target: '/a' });
    expect(await send(port, { ...empty, body: BODY })).toMatchObject(LOST);
    expect(await send(port, { ...empty, body: [BODY] })).toMatchObject(LOST);
  });

  it('is not needed for bodies that were captured', async () => {
    const logger = new RecordedLog();
    const { port } = await mountForTest(platform, catchAll({ keys: KEYS }), readFirst, undefined, logger);
    expect(await send(port, post())).toMatchObject(LOST);
    expect(logger.troubles).toEqual([
      'error BODY_NOT_CAPTURED: a part of the body arrived, or was read, before the capture began ApigSignature',
    ]);
  });

  it("gets the framework's request", async () => {
    const seen: object[] = [];
    const port = await startWith((request: object) => (seen.push(request), readKept(request)));
    expect(await send(port, post())).toMatchObject(passed);
    expect(seen).toHaveLength(1);
    expect('raw' in seen[0]!).toBe(platform.name === 'fastify');
  });

  it.each<[what: string, readBody: unknown, reason: string, request?: RequestToSend]>([
    [
      'throws',
      () => {
        throw new Error('no luck');
      },
      'readBody failed: no luck',
    ],
    ['gives text', () => BODY.toString('latin1'), 'readBody gave string, expected a Uint8Array or undefined'],
    ['gives null', () => null, 'readBody gave object, expected a Uint8Array or undefined'],
    ['gives other numbers', () => new Uint16Array(BODY), 'readBody gave object, expected a Uint8Array or undefined'],
    ['promises bytes', () => Promise.resolve(BODY), 'readBody gave a promise, expected a Uint8Array or undefined'],
    [
      'rejects',
      () => Promise.reject(new Error('later')),
      'readBody gave a promise, expected a Uint8Array or undefined',
    ],
    ['gives too few bytes', () => BODY.subarray(1), `readBody gave 11 bytes, and Content-Length says 12`],
    ['gives none of a body', () => new Uint8Array(), `readBody gave 0 bytes, and Content-Length says 12`],
    ['gives nothing of a chunked body', () => undefined, 'readBody gave no bytes', post([BODY])],
    ...['gzip', 'gzip, identity', 'identity, gzip'].map((encoding): [string, unknown, string, RequestToSend] => [
      `would give bytes that were unpacked from ${encoding}`,
      readKept,
      'readBody is not asked',
      withHeader(post(), 'Content-Encoding', encoding),
    ]),
  ])('causes BODY_NOT_CAPTURED with the reason in the log if it %s', async (_, readBody, reason, request = post()) => {
    const logger = new RecordedLog();
    const port = await startWith(readBody, {}, async (platform: Platform, module, wrap) =>
      mountForTest(platform, module, wrap, undefined, logger),
    );
    expect(await send(port, request)).toMatchObject(LOST);
    expect(logger.troubles).toEqual([expect.stringMatching(/^error BODY_NOT_CAPTURED: /)]);
    expect(logger.troubles[0]).toContain(reason);
  });

  it('is called only for bytes that were not seen on the wire', async () => {
    let asked = 0;
    const readBody = () => ((asked += 1), Buffer.from('other byte 1'));
    const { port } = await startForTest(platform, catchAll({ keys: KEYS, readBody }));
    expect(await send(port, post())).toMatchObject(passed);
    expect(asked).toBe(0);
  });

  it.each<[what: string, options: ApigSignatureOptions, twice: boolean, reply: object]>([
    ['came through twice', {}, true, LOST],
    ['is too large', { bodyLimit: 5 }, false, { status: 413 }],
  ])('is not called for a body that %s', async (_, options, twice, reply) => {
    let asked = 0;
    const readBody = () => ((asked += 1), BODY);
    const double = (request: IncomingMessage, _response: unknown, next: () => void) => {
      const push = request.push.bind(request);
      if (twice) request.push = (chunk: unknown) => (chunk === null || push(chunk)) && push(chunk);
      next();
    };
    const { port } = await startForTest(platform, catchAll({ keys: KEYS, readBody, ...options }), {
      prepare: (app) => app.use(double),
    });
    expect(await send(port, post())).toMatchObject(reply);
    expect(asked).toBe(0);
  });

  it.each([true, 'rawBody', Buffer.alloc(1)])('stops the start if it is not a function: %s', async (readBody) => {
    await expect(startWith(readBody)).rejects.toThrow(new TypeError('readBody: expected a function'));
  });
});
