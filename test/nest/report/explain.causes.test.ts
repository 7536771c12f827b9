import { describe, expect, it } from 'vitest';
import type { ApigSignatureOptions } from '../../../src/index.js';
import { catchAll } from '../../support/catch-all.js';
import { forward, HOST, KEY, KEYS, reauthorize, SECRET, type RequestToForward } from '../../support/gateway.js';
import { send, type RequestToSend } from '../../support/http-client.js';
import { naiveCanonicalRequest, naiveSignature, naiveSignatureOf } from '../../support/naive-signature.js';
import { nginxForTest } from '../../support/nginx.js';
import { platforms, startForTest, type Platform } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { refusalReply, unauthorized } from '../../support/refused-replies.js';
import { proxyForTest } from '../../support/rewriting-proxy.js';

const HOUR = 3600_000;
const COOKIE = 'session=5f1e7a2b';
const BEARER = 'f00dfeedbeef';
const JSON_TYPE = ['Content-Type', 'application/json'] as const;
const HOST_KEPT = 'proxy_set_header Host $http_host;';

/** A request as the gateway forwards it, with what belongs in no log. */
function forwarded({ headers = [], ...request }: RequestToForward = {}, options = {}): RequestToSend {
  const confidential = [
    ['Cookie', COOKIE],
    ['X-Auth-Token', BEARER],
  ] as const;
  return forward({ ...request, headers: [...headers, ...confidential] }, options);
}

/** Starts an application that explains, and what stands in front of it. */
async function start(platform: Platform, inFront: InFront, options: ApigSignatureOptions = {}) {
  const logger = new RecordedLog();
  const { port } = await startForTest(platform, catchAll({ keys: KEYS, explain: true, ...options }), { logger });
  return { logger, port: await inFront(port) };
}

type InFront = (upstream: number) => number | Promise<number>;
const nothing: InFront = (upstream) => upstream;
const nginx =
  (locations: string): InFront =>
  (upstream) =>
    nginxForTest(upstream, locations);
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

describe.each(platforms)('a mismatch is explained in the log, on $name', (platform) => {
  it.each<[cause: string, how: string, inFront: InFront, request: () => RequestToSend, ApigSignatureOptions?]>([
    [
      'PATH_PREFIX_STRIPPED',
      'nginx: proxy_pass with a slash at its end',
      nginx(`location /api/ { ${HOST_KEPT} proxy_pass http://up/; }`),
      () => forwarded({ target: '/api/users?a=b' }),
    ],
    [
      'PATH_PREFIX_STRIPPED',
      'nginx, which tells of it in X-Forwarded-Prefix',
      nginx(`location /shop/ { ${HOST_KEPT} proxy_set_header X-Forwarded-Prefix /shop; proxy_pass http://up/; }`),
      () => forwarded({ target: '/shop/users' }),
    ],
    [
      'PATH_PREFIX_STRIPPED',
      'nginx, which tells of it in X-Original-URI',
      nginx(`location /shop/ { ${HOST_KEPT} proxy_set_header X-Original-URI $request_uri; proxy_pass http://up/; }`),
      () => forwarded({ target: '/shop/users?a=b' }),
    ],
    [
      'PATH_PREFIX_ADDED',
      'nginx: proxy_pass with a path',
      nginx(`location / { ${HOST_KEPT} proxy_pass http://up/internal/v2/; }`),
      () => forwarded({ target: '/users?a=b' }),
    ],
    [
      'TARGET_REWRITTEN',
      'nginx: rewrite',
      nginx(
        `location / { ${HOST_KEPT} proxy_set_header X-Original-URI $request_uri; rewrite ^/old/(.*) /new/$1 break; proxy_pass http://up; }`,
      ),
      () => forwarded({ target: '/old/users' }),
    ],
    [
      'PATH_DECODED',
      'nginx: proxy_pass with $uri',
      nginx(`location / { ${HOST_KEPT} proxy_pass http://up$uri$is_args$args; }`),
      () => forwarded({ target: '/a%2520b?c=d' }),
    ],
    [
      'PATH_ENCODED',
      'nginx: rewrite to $request_uri',
      nginx(`location / { ${HOST_KEPT} rewrite ^ $request_uri break; proxy_pass http://up; }`),
      () => forwarded({ target: '/a%20b' }),
    ],
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
    [
      'HOST_PORT',
      'nginx: Host with the port',
      nginx('location / { proxy_set_header Host $host:$server_port; proxy_pass http://up; }'),
      () => forwarded(),
    ],
    [
      'HOST_PORT',
      'nginx: Host without the port',
      nginx('location / { proxy_set_header Host $host; proxy_pass http://up; }'),
      () => forwarded({ headers: [['Host', `${HOST}:443`]] }),
    ],
    [
      'HOST_REPLACED',
      'nginx: its own Host, and X-Forwarded-Host',
      nginx('location / { proxy_set_header X-Forwarded-Host $http_host; proxy_pass http://up; }'),
      () => forwarded(),
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
      () => forwarded({}, { secret: 'secret of the other key' }),
      { keys: { ...KEYS, other: 'secret of the other key' } },
    ],
    [
      'SECRET_ENDS',
      'where keys are a function',
      nothing,
      () => forwarded({}, { secret: `${SECRET}\r\n` }),
      { keys: (key) => (key === KEY ? Promise.resolve([SECRET]) : undefined) },
    ],
  ])('%s: %s', async (cause, _, inFront, request, options) => {
    const { logger, port } = await start(platform, inFront, options);
    const { headers: _headers, ...refusal } = unauthorized('SIGNATURE_MISMATCH') as { headers: unknown };
    expect(await send(port, request())).toMatchObject(refusal);
    const line = await logger.lineWith('SIGNATURE_MISMATCH');
    expect(line.split(':')[0]).toBe(`warn SIGNATURE_MISMATCH because of ${cause}`);
    expectNothingConfidential(line, request());
  });

  it('names two causes that came together, as of one nginx', async () => {
    const locations = 'location /api/ { proxy_set_header X-Forwarded-Host $host; proxy_pass http://up/; }';
    const { logger, port } = await start(platform, nginx(locations));
    expect(await send(port, forwarded({ target: '/api/users' }))).toMatchObject({ status: 401 });
    const line = await logger.lineWith('SIGNATURE_MISMATCH');
    expect(line).toContain('because of PATH_PREFIX_STRIPPED: Two things together. A prefix was taken off the path');
    expect(line).toContain('Host was replaced after it was signed');
    expect(line).toContain('  received: GET|/users/||cookie:***|host:up|x-auth-token:***|x-sdk-date:');
    expect(line).toContain(`  signed:   GET|/api/users/||cookie:***|host:${HOST}|x-auth-token:***|x-sdk-date:`);
  });

  it.each([
    ['ahead of', 8 * HOUR, 'UTC+08:00'],
    ['behind', -3.5 * HOUR, 'UTC-03:30'],
  ])('LOCAL_TIME: a date that is a time zone %s the clock, of an expired request', async (_, offset, zone) => {
    const { logger, port } = await start(platform, nothing);
    const request = forwarded({}, { date: Date.now() + offset });
    expect(await send(port, request)).toMatchObject(refusalReply(401, 'SIGNATURE_EXPIRED', 'Signature expired.'));
    const line = await logger.lineWith('SIGNATURE_EXPIRED');
    expect(line).toContain('because of LOCAL_TIME: The signer took local time for UTC.');
    expect(line).toContain(`The zone seems to be ${zone}.`);
    expectNothingConfidential(line, request);
  });

  it('says that it found none, where none is', async () => {
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

/** No secret, no cookie, no token, no signature; and nothing that is not printable but our own line breaks. */
function expectNothingConfidential(line: string, { headers }: RequestToSend): void {
  const authorization = headers.find(([name]) => name === 'Authorization')![1];
  const signature = /\w{64}$/.exec(authorization)![0];
  for (const confidential of [SECRET, 'secret of the other key', COOKIE, BEARER, authorization, signature]) {
    expect(line).not.toContain(confidential);
  }
  expect(line).toMatch(/^[\x20-\x7e\n]*$/);
}
