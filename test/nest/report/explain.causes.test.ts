import { describe, expect, it } from 'vitest';
import type { ApigSignatureOptions } from '../../../src/index.js';
import { HOST, KEY, KEYS, reauthorize, SECRET, type RequestToForward } from '../../support/gateway.js';
import { send, type RequestToSend } from '../../support/http-client.js';
import { naiveCanonicalRequest, naiveSignature, naiveSignatureOf } from '../../support/naive-signature.js';
import { platforms } from '../../support/platforms.js';
import { refusalReply, unauthorized } from '../../support/refused-replies.js';
import { proxyForTest } from '../../support/rewriting-proxy.js';
import {
  expectCause,
  expectNothingConfidential,
  forwarded,
  nothing,
  OTHER_SECRET,
  start,
  type InFront,
} from './explained.js';

const HOUR = 3600_000;
const JSON_TYPE = ['Content-Type', 'application/json'] as const;

const proxy =
  (rewrite: (request: RequestToSend) => Partial<RequestToSend>): InFront =>
  (upstream) =>
    proxyForTest(upstream, rewrite);

/** A signer of its own making: `sign` gives the signature of what it sends. */
function sentBy(sign: (names: readonly string[], request: RequestToSend) => string, what: RequestToForward = {}) {
  const right = forwarded(what);
  return reauthorize(right, (line) => {
    const names = /SignedHeaders=([^,]+)/.exec(line)![1]!.split(';');
    return line.replace(/\w{64}$/, sign(names, right));
  });
}

const json = (body: string): RequestToForward => ({ method: 'POST', headers: [JSON_TYPE], body });
/** A client that signs one body and sends another. */
const signsOther = (signed: string, sent: string) => ({ ...forwarded(json(signed)), body: Buffer.from(sent) });

function signedUnsorted(target: string): RequestToSend {
  return sentBy(
    (names, { headers, ...request }) => {
      const bytes = naiveCanonicalRequest({ headers, method: request.method, target: '/?' }, names, DIALECT)!;
      const text = bytes.toString('latin1').replace(/^(.*\n.*\n)/, `$1${target.slice(2)}`);
      const date = headers.find(([name]) => name === 'X-Sdk-Date')![1];
      return naiveSignatureOf(Buffer.from(text, 'latin1'), Buffer.from(date), SECRET);
    },
    { target },
  );
}
const DIALECT = { order: 'decoded', plus: 'space' } as const;

describe.each(platforms)('the log explains a mismatch, on $name', (platform) => {
  it.each<[cause: string, how: string, inFront: InFront, request: () => RequestToSend, ApigSignatureOptions?]>([
    [
      'QUERY_DECODED',
      'a proxy that decodes queries',
      proxy(({ target }) => ({ target: target.replaceAll('%25', '%') })),
      () => forwarded({ target: '/?a=b%2520c' }),
    ],
    [
      'QUERY_ENCODED',
      'a proxy that encodes queries anew',
      proxy(({ target }) => ({ target: target.replaceAll('%', '%25') })),
      () => forwarded({ target: '/?a=b%20c' }),
    ],
    ['QUERY_UNSORTED', 'a client that signs as it sends', nothing, () => signedUnsorted('/?b=1&a=2')],
    [
      'PLUS_IN_QUERY',
      'a client that reads a plus',
      nothing,
      () =>
        sentBy(
          (names, { headers, ...request }) =>
            naiveSignature({ ...request, headers, body: undefined }, SECRET, names, {
              order: 'decoded',
              plus: 'literal',
            })!,
          { target: '/?a=b+c' },
        ),
    ],
    [
      'PLUS_IN_QUERY',
      'a server that reads a plus',
      nothing,
      () => forwarded({ target: '/?a=b+c' }),
      { plusInQuery: 'literal' },
    ],
    ['BODY_NOT_SIGNED', 'a client that signs no body', nothing, () => signsOther('', '{"a":1}')],
    [
      'BODY_EMPTY_OBJECT',
      'a client that signs JSON.stringify(body || {})',
      nothing,
      () => ({ ...forwarded({ method: 'GET', body: '{}' }), body: undefined }),
    ],
    [
      'BODY_REWRITTEN',
      'a client that signs JSON.stringify(JSON.parse(body))',
      nothing,
      () => signsOther('{"a":[1,"b"]}', '{ "a": [1, "b"] }'),
    ],
    [
      'BODY_REWRITTEN',
      'a proxy that parses and writes JSON',
      proxy(({ body }) => ({ body: Buffer.from(JSON.stringify(JSON.parse(String(body)))) })),
      () => forwarded(json('{"a": [1, "\\u00e9"]}')),
    ],
    ['SECRET_ENDS', 'a client whose secret has a line break', nothing, () => forwarded({}, { secret: `${SECRET}\n` })],
    ['SECRET_ENDS', 'a server whose secret has quotes', nothing, () => forwarded(), { keys: { [KEY]: `"${SECRET}"` } }],
    [
      'SECRET_OF_OTHER_KEY',
      'a client that mixes keys up',
      nothing,
      () => forwarded({}, { secret: OTHER_SECRET }),
      { keys: { ...KEYS, other: OTHER_SECRET } },
    ],
    [
      'SECRET_ENDS',
      'where keys are a function',
      nothing,
      () => forwarded({}, { secret: `${SECRET}\r\n` }),
      { keys: (key) => (key === KEY ? Promise.resolve([SECRET]) : undefined) },
    ],
  ])('%s: %s', async (cause, _, inFront, request, options) => {
    await expectCause(platform, cause, inFront, request(), options);
  });

  it.each([
    ['ahead of', 8 * HOUR, 'UTC+08:00'],
    ['behind', -3.5 * HOUR, 'UTC-03:30'],
  ])('LOCAL_TIME: an expired date that is a time zone %s the clock', async (_, offset, zone) => {
    const { logger, port } = await start(platform, nothing);
    const request = forwarded({}, { date: Date.now() + offset });
    expect(await send(port, request)).toMatchObject(refusalReply(401, 'SIGNATURE_EXPIRED', 'Signature expired.'));
    const line = await logger.lineWith('SIGNATURE_EXPIRED');
    expect(line).toContain('because of LOCAL_TIME: The signer took local time for UTC.');
    expect(line).toContain(`The zone seems to be ${zone}`);
    expectNothingConfidential(line, request);
  });

  it('says that it found no cause', async () => {
    const { logger, port } = await start(platform, nothing);
    const request = forwarded({}, { secret: 'of nobody' });
    expect(await send(port, request)).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
    const line = await logger.lineWith('SIGNATURE_MISMATCH');
    expect(line).toContain('warn SIGNATURE_MISMATCH without a known cause: No cause found. ');
    expect(line).toContain(`  received: GET|/||cookie:***|host:${HOST}|x-auth-token:***|x-sdk-date:`);
    expect(line).not.toContain('signed:  ');
    expectNothingConfidential(line, request);
  });
});
