import type { Server } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catchAll } from '../support/catch-all.js';
import { forward, KEY, KEYS, reauthorize, SECRET, withHeader } from '../support/gateway.js';
import { send, sendBytes, toBytes, type HeaderLines, type RequestToSend } from '../support/http-client.js';
import { naiveSignature } from '../support/naive-signature.js';
import { platforms, start, type RunningApp } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

/** Names that every object has, or that would change its prototype. */
const INHERITED = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
const secretOf = (name: string) => `the secret of ${name}`;

const passed = { status: 200 };
const malformed = unauthorized('AUTHORIZATION_MALFORMED');
const ambiguous = unauthorized('TARGET_AMBIGUOUS');

function saying(authorization: string | readonly string[]): RequestToSend {
  return reauthorize(forward(), () => authorization);
}

/** A good request, but that its Authorization line lists the signed headers in this way. */
function listing(names: string, headers: HeaderLines = []): RequestToSend {
  return reauthorize(forward({ headers }), (line) => line.replace(/(?<=SignedHeaders=)[^,]+/, () => names));
}

/** A good request with one more header, whose value is these bytes and not text. */
function withBytes(bytes: Uint8Array): RequestToSend {
  const value = Buffer.from(bytes).toString('latin1');
  const request = withHeader(forward({ headers: [['X-Bytes', '']] }), 'X-Bytes', value);
  const signature = naiveSignature({ ...request, body: new Uint8Array() }, SECRET, ['host', 'x-bytes', 'x-sdk-date'])!;
  return reauthorize(request, (line) => line.slice(0, -64) + signature);
}

const right = forward().headers.find(([name]) => name === 'Authorization')![1];

const ODD_REQUESTS: readonly (readonly [what: string, reply: object, request: RequestToSend])[] = [
  ['a thousand query pieces, all empty', passed, forward({ target: '/?' + '&'.repeat(999) })],
  ['1001 query pieces, all empty', ambiguous, forward({ target: '/?' + '&'.repeat(1000) })],
  ['1001 query pieces, the last one not empty', ambiguous, forward({ target: '/?' + '&'.repeat(1000) + 'a' })],
  ['SignedHeaders in upper case', passed, listing('HOST;X-SDK-DATE')],
  ['SignedHeaders unsorted', passed, listing('X-Sdk-Date;x-b;Host;X-A', Object.entries({ 'x-a': '1', 'X-B': '2' }))],
  ['a header of UTF-8', passed, forward({ headers: [['X-A', 'é中文😀\u00a0']] })],
  ['a header of every byte above 0x7F', passed, withBytes(Uint8Array.from({ length: 128 }, (_, at) => 128 + at))],
  ['Authorization twice', malformed, saying([right, right])],
  ['Authorization twice, the second one wrong', malformed, saying([right, 'Basic eDp5'])],
  ['Authorization twice, the first one wrong', malformed, saying(['Basic eDp5', right])],
  ['Authorization twice, the first one empty', malformed, saying(['', right])],
  ['Authorization twice, the second one empty', malformed, saying([right, ''])],
  [
    'Authorization in two cases',
    malformed,
    { ...forward(), headers: [...forward().headers, ['AUTHORIZATION', right]] },
  ],
  ...INHERITED.flatMap((name) => [
    [`${name} for an unknown key`, unauthorized('KEY_UNKNOWN'), forward({}, { key: name })] as const,
    [
      `${name} for an absent header`,
      unauthorized('SIGNED_HEADER_MISSING', name.toLowerCase()),
      listing(`host;${name};x-sdk-date`),
    ] as const,
    [`${name} for a header`, passed, forward({ headers: [[name, 'value']] })] as const,
    [
      `${name} in path and query`,
      passed,
      forward({ target: `/${name}?${name}=1&${name}[${name}]=2&${name}` }),
    ] as const,
  ]),
];

/** Repeats a text up to about that many bytes. */
function fill(size: number, text: string): string {
  return text.repeat(size / text.length);
}

/** Different names, with room for each in two places. */
function names(size: number): string[] {
  return Array.from({ length: size / 16 }, (_, at) => `n${at}`);
}

/** As many of them as Node takes for headers: it drops lines after the 1000th. */
function headerNames(size: number): string[] {
  return names(size).slice(0, 900);
}

/** What takes quadratic time where it is read without care. */
const SHAPES: readonly (readonly [shape: string, reply: object, request: (size: number) => RequestToSend])[] = [
  ['spaces within a value', passed, (size) => forward({ headers: [['X-A', `x${fill(size, ' ')}x`]] })],
  ['tabs within a value', passed, (size) => forward({ headers: [['X-A', `x${fill(size, '\t')}x`]] })],
  ['spaces within Authorization', malformed, (size) => saying(`SDK-HMAC-SHA256${fill(size, ' ')}x`)],
  ['scheme after scheme', malformed, (size) => saying(fill(size, 'SDK-HMAC-SHA256 Access=k '))],
  ['a key without end', malformed, (size) => saying(`SDK-HMAC-SHA256 Access=${fill(size, 'k')}`)],
  ['a long key', unauthorized('KEY_UNKNOWN'), (size) => saying(right.replace(KEY, fill(size, 'k')))],
  ['a long signature', unauthorized('SIGNATURE_MISMATCH'), (size) => saying(right + fill(size, 'f'))],
  ['one name after another', malformed, (size) => listing(`host${fill(size, ';host')}`)],
  ['names of absent headers', unauthorized('SIGNED_HEADER_MISSING', 'n0'), (size) => listing(names(size).join(';'))],
  ['signed headers', passed, (size) => forward({ headers: headerNames(size).map((name) => [name, '']) })],
  [
    'lines of one signed header',
    unauthorized('SIGNED_HEADER_REPEATED', 'n'),
    (size) => ({
      ...listing('n'),
      headers: [...headerNames(size).map(() => ['n', ''] as const), ...listing('n').headers],
    }),
  ],
  [
    'a word that is almost a charset',
    passed,
    (size) => withHeader(forward(), 'Content-Type', `x/y;${fill(size, 'charset ')}`),
  ],
  [
    'digits for a date',
    unauthorized('DATE_MALFORMED'),
    (size) => forward({ headers: [['X-Sdk-Date', fill(size, '2026')]] }),
  ],
  ['query names that sort badly', passed, () => forward({ target: `/?${fill(2400, 'a-=&a&a0')}` })],
  ['equals signs', ambiguous, (size) => forward({ target: `/?${fill(size, '=')}` })],
  ['plus signs and escapes', passed, (size) => forward({ target: `/?a=${fill(size, '+%2B')}` })],
  ['slashes', passed, (size) => forward({ target: fill(size, '/') })],
  ['escapes in the path', passed, (size) => forward({ target: `/${fill(size, '%20')}` })],
];

/** The places where a stranger can put any text. */
const PLACES: Readonly<Record<string, (text: string) => RequestToSend>> = {
  target: (text) => ({ ...forward(), target: text }),
  'path and query': (text) => ({ ...forward(), target: `/${text}?${text}` }),
  Authorization: saying,
  key: (text) => saying(right.replace(KEY, () => text)),
  SignedHeaders: listing,
  signature: (text) => saying(right.slice(0, -64) + text),
  date: (text) => withHeader(forward(), 'X-Sdk-Date', text),
  'signed value': (text) => withHeader(forward({ headers: [['X-A', '']] }), 'X-A', text),
  'header name': (text) => ({ ...forward(), headers: [[text, 'x'], ...forward().headers] }),
  'Content-Type': (text) => withHeader(forward(), 'Content-Type', text),
};

describe.each(platforms)('$name', (platform) => {
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown) => void rejections.push(reason);
  let running: RunningApp, roomy: RunningApp;

  beforeAll(async () => {
    process.on('unhandledRejection', onRejection);
    const inherited = Object.fromEntries(INHERITED.map((name) => [name, secretOf(name)]));
    running = await start(platform, catchAll({ keys: KEYS }));
    roomy = await start(platform, catchAll({ keys: { ...KEYS, ...inherited } }), {
      prepare: (app) => void Object.assign(app.getHttpServer() as Server, { maxHeaderSize: 2 ** 20 }),
    });
  });

  afterAll(async () => {
    await running.app.close();
    await roomy.app.close();
    process.off('unhandledRejection', onRejection);
  });

  it.each(ODD_REQUESTS)('%s', async (_what, expected, request) => {
    expect(await send(running.port, request)).toMatchObject(expected);
  });

  it.each(INHERITED)('%s with a known key', async (name) => {
    const reply = await send(roomy.port, forward({}, { key: name, secret: secretOf(name) }));
    expect(reply).toMatchObject({ ...passed, text: JSON.stringify({ key: name, bodyVerified: true }) });
  });

  it.each(SHAPES)('as much text as Node accepts: %s', async (_shape, expected, request) => {
    expect(await send(running.port, request(15_000))).toMatchObject(expected);
  });

  // What takes quadratic time takes minutes then, and the test ends before.
  it.each(SHAPES)('a quarter of a megabyte of text: %s', async (_shape, expected, request) => {
    expect(await send(roomy.port, request(2 ** 18))).toMatchObject(expected);
  });

  const bytes = fc.uint8Array({ maxLength: 20 }).map((some) => Buffer.from(some).toString('latin1'));
  const syntax = fc.constantFrom(
    ...['/', '?', '&', '=', '%', '%2', '%zz', '%6d', '+', '#', ';', ',', '*', ' ', '__proto__'],
  );
  const noise = fc
    .array(fc.oneof(bytes, syntax), { maxLength: 4 })
    .map((parts) => parts.join('').replaceAll(/[\r\n]/g, ''));

  it.each(Object.entries(PLACES))('answers any text without a 5xx: %s', async (_place, put) => {
    const answers = async (text: string) => {
      const request = put(text);
      const reply = await sendBytes(
        running.port,
        toBytes({ ...request, headers: [...request.headers, ['Connection', 'close']] }),
      );
      expect(reply).toMatch(/^HTTP\/1\.1 (200|400|401|404) /);
    };
    await fc.assert(fc.asyncProperty(noise, answers), { numRuns: 100 });
  });

  it('left no rejection unhandled', () => {
    expect(rejections).toEqual([]);
  });
});
