import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseSdkDate, signRequest } from '../../src/core/index.js';
import { apigSign } from '../support/apig-sign.js';
import { forward, KEY, KEYS, reauthorize, SECRET, withHeader, type RequestToForward } from '../support/gateway.js';
import { toBytes, type RequestToSend } from '../support/http-client.js';

const DATE = '20260115T093045Z';
const ORDER: RequestToForward = {
  method: 'PUT',
  target: '/api/orders/7?b=2&a=1',
  headers: [
    ['Content-Type', 'application/json'],
    ['X-Tenant', 'a|b'],
  ],
  body: '{"n": 1}',
};

const signed = (request: RequestToForward = ORDER, secret = SECRET) =>
  forward(request, { secret, date: parseSdkDate(DATE)! });

/** What the gateway's log says that it signed. */
function logged({ method = 'GET', target = '/', headers = [], body = '' }: RequestToForward = ORDER): string {
  const { canonicalRequest } = signRequest(
    { method, target, headers: [['Host', 'backend.example.com'], ...headers], body: Buffer.from(body as string) },
    { key: KEY, secret: SECRET, date: parseSdkDate(DATE) },
  );
  return canonicalRequest.replaceAll('\n', '|');
}

const explain = (input: string | Uint8Array, ...args: string[]) => apigSign(['explain', ...args], { input });
const text = (request: RequestToSend) => toBytes(request);
const authorizationOf = ({ headers }: RequestToSend) => headers.find(([name]) => name === 'Authorization')![1];

const MATCHES = 'The signature matches.';
const CANONICAL =
  'PUT|/api/orders/7/|a=1&b=2|content-type:application/json|host:backend.example.com|x-sdk-date:20260115T093045Z|' +
  `x-tenant:a|b||content-type;host;x-sdk-date;x-tenant|${createHash('sha256').update('{"n": 1}').digest('hex')}`;

describe('apig-sign explain, of a request as HTTP text', () => {
  it('says that the signature matches, and shows what was signed', async () => {
    const { out, error, status } = await explain(text(signed()));
    const [canonical, stringToSign, ...said] = out.trimEnd().split('\n');
    expect(canonical).toBe(`canonical request  ${CANONICAL}`);
    expect(stringToSign).toMatch(/^string to sign {5}SDK-HMAC-SHA256\|20260115T093045Z\|[\da-f]{64}$/);
    expect({ said, error, status }).toEqual({ said: [MATCHES], error: '', status: 0 });
  });

  const whole = text(signed()).toString('latin1');
  it.each([
    ['with line breaks of another system', whole.replaceAll('\r\n', '\n')],
    ['with empty lines around it', `\n\n${whole}\r\n\n`],
    [
      'of a body in chunks',
      whole.replace(
        /Content-Length: 8\r\n\r\n(.*)$/,
        'Transfer-Encoding: chunked\r\n\r\n3\r\n{"n\r\n5;a=b\r\n": 1}\r\n0\r\n\r\n',
      ),
    ],
    ['without a body, and a line too many', `${text(signed({ ...ORDER, body: undefined })).toString('latin1')}\n`],
  ])('reads a request %s', async (_, input) => {
    expect(await explain(Buffer.from(input, 'latin1'))).toMatchObject({
      out: expect.stringMatching(new RegExp(`\n${MATCHES}\n$`)),
      status: 0,
    });
  });

  it.each<[string, RequestToSend, RegExp]>([
    [
      'PATH_PREFIX_STRIPPED',
      { ...signed(), target: '/orders/7?b=2&a=1' },
      /\nsigned was {9}PUT\|\/api\/orders\/7\/\|.*\nPATH_PREFIX_STRIPPED: A prefix was taken off/,
    ],
    ['BODY_REWRITTEN', { ...signed(), body: Buffer.from('{"n":1}') }, /\nBODY_REWRITTEN: The body was written anew/],
    ['SECRET_ENDS', signed(ORDER, `${SECRET}\n`), /\nSECRET_ENDS: The secrets differ by a line break/],
    ['no cause', signed(ORDER, 'quite another'), /string to sign .*\n[A-Z][^A-Z_][^\n]+\n$/],
  ])('names %s', async (_, request, out) => {
    const said = await explain(text(request));
    expect(said).toEqual({ out: expect.stringMatching(out), error: '', status: 1 });
    expect(said.out).not.toContain(SECRET);
  });

  it.each<[string, RequestToSend, said: string]>([
    ['was not signed', withHeader(signed(), 'Authorization'), 'AUTHORIZATION_MISSING: Authorization not found.'],
    ['has lost a header', withHeader(signed(), 'X-Tenant'), 'SIGNED_HEADER_MISSING: Signed header x-tenant not found'],
    [
      'names another key',
      reauthorize(signed(), (line) => line.replace(KEY, 'nobody')),
      'KEY_UNKNOWN: Signing key not found.',
    ],
  ])('names the same refusal as the guard if the request %s', async (_, request, said) => {
    expect(await explain(text(request))).toEqual({ out: `${said}\n`, error: '', status: 1 });
  });

  it('warns of a body that was not pasted completely', async () => {
    const { out, status } = await explain(text(signed()).subarray(0, -1));
    expect(out).toMatch(/^The body has 7 bytes here, and Content-Length says 8: is it here as a whole\?\n/);
    expect(status).toBe(1);
  });

  it('takes a key and its secret as flags', async () => {
    const request = text(reauthorize(signed(ORDER, 'quite another'), (line) => line.replace(KEY, 'other')));
    const named = (env: Record<string, string>) => apigSign(['explain'], { input: request, env });
    expect(await named({ APIG_SECRET: 'quite another' })).toMatchObject({ status: 0 });
    expect(await named({})).toMatchObject({ error: expect.stringContaining('No secret for this key'), status: 2 });
  });

  it.each([
    ['has none', 'GET /42 HTTP/1.1\r\nHost: h\r\n\r\n', 'AUTHORIZATION_MISSING'],
    [
      'is of another scheme',
      'GET /42 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer abc\r\n\r\n',
      'AUTHORIZATION_MALFORMED',
    ],
  ])('takes a secret alone, and says that a signature %s', async (_, input, code) => {
    const { out, status } = await apigSign(['explain'], { input, env: { APIG_SECRET: 'a secret' } });
    expect([out.includes(code), status]).toEqual([true, 1]);
  });

  it('names the line that is not a header', async () => {
    const said = await explain('GET / HTTP/1.1\nHost: a\nno header\n\n');
    const error = 'apig-sign: standard input, line 3: expected a header, "Name: value"\n';
    expect(said).toEqual({ out: '', error, status: 2 });
  });

  it('shows no control character for a terminal', async () => {
    const { out } = await explain(text(withHeader(signed(), 'X-Tenant', '\x1b[2J\x9b')), '--canonical', logged());
    expect(out).toMatch(/^[\x20-\x7e\n]*$/);
    expect(out).toContain('\\x1b[2J\\x9b\n');
  });
});

describe('apig-sign explain, with a request and a canonical request', () => {
  const DIFFERENT =
    'The secret is right, and --canonical is what was signed: the request was changed since.\nThey differ in:\n';

  it('names the parts that differ', async () => {
    const request = withHeader({ ...signed(), target: '/api/orders/8?a=1', body: Buffer.of() }, 'X-Tenant', 'c|d');
    const { out, status } = await explain(
      text(request),
      '--canonical',
      `... canonicalRequest:${logged()}","error_code":"A"}`,
    );
    const hash = (body: string) => createHash('sha256').update(body).digest('hex');
    const part = (name: string, here: string, there: string) =>
      `  ${name}\n    in the request    ${here}\n    in --canonical    ${there}\n`;
    expect(out.slice(out.indexOf('The secret is'))).toBe(
      DIFFERENT +
        part('path', '/api/orders/8/', '/api/orders/7/') +
        part('query', 'a=1', 'a=1&b=2') +
        part('header x-tenant', 'c|d', 'a|b') +
        part('body hash', `${hash('')} (no body)`, hash('{"n": 1}')),
    );
    expect(status).toBe(1);
  });

  it.each([
    [
      'is what was signed, with another secret',
      signed(ORDER, 'quite another'),
      logged(),
      'The signature is neither of the request nor of --canonical: the secrets differ, or --canonical is of another request.\nThey are the same.\n',
      1,
    ],
    [
      'is of another method',
      signed(),
      logged({ ...ORDER, method: 'POST' }),
      'The secret is right, and the request is what was signed.\nThey differ in:\n  method\n    in the request    PUT\n    in --canonical    POST\n',
      0,
    ],
    [
      'has line breaks',
      { ...signed(), method: 'POST' },
      CANONICAL.replace('|b||', '\x01').replaceAll('|', '\n').replace('\x01', '|b\n\n'),
      `${DIFFERENT}  method\n    in the request    POST\n    in --canonical    PUT\n`,
      1,
    ],
  ])('says whether the canonical request %s', async (_, request, canonical, end, status) => {
    const said = await explain(text(request), '--canonical', canonical);
    expect(said).toEqual({ out: expect.stringContaining(`\n\n${end}`), error: '', status });
    expect(said.out.endsWith(end)).toBe(true);
  });

  it('needs a canonical request after --canonical', async () => {
    const { error, status } = await explain(text(signed()), '--canonical', 'GET /');
    const line = "apig-sign: --canonical: not a canonical request; expected --canonical 'GET|/path/|...' (or @FILE)\n";
    expect({ error, status }).toEqual({ error: line, status: 2 });
  });
});

describe('apig-sign explain, with a canonical request alone', () => {
  it('says which Authorization header the request needs', async () => {
    const { out, status } = await explain(`canonicalRequest: ${logged()}\n`);
    expect(out).toMatch(/^With the configured secrets, /);
    expect(out.split('\n')[1]).toBe(`Authorization: ${authorizationOf(signed())}`);
    expect(status).toBe(0);
  });

  it.each([
    ['matches', signed(), MATCHES, 0],
    ['was made with a line break in the secret', signed(ORDER, `${SECRET}\r\n`), 'SECRET_ENDS: The secrets differ', 1],
  ])('says that the given Authorization header %s', async (_, request, said, status) => {
    const answer = await explain(logged(), '--authorization', `Authorization: ${authorizationOf(request)}`);
    expect(answer).toEqual({ out: expect.stringContaining(`\n${said}`), error: '', status });
    expect(answer.out).not.toContain(Object.values(KEYS)[0]);
  });

  it.each([
    ['--canonical', logged(), ['--canonical', logged()], '--canonical needs a whole request: HTTP text'],
    [
      '--authorization',
      text(signed()),
      ['--authorization', 'a'],
      '--authorization belongs to a canonical request: leave it out',
    ],
  ])('refuses %s without a request to compare', async (_, input, args, line) => {
    expect(await explain(input, ...args)).toEqual({ out: '', error: `apig-sign: ${line}\n`, status: 2 });
  });
});
