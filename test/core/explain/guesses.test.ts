import { describe, expect, it } from 'vitest';
import { explainMismatch, type ExplainOptions, type RequestToExplain } from '../../../src/core/index.js';
import { AUTHORIZATION_SIGNED, CAUSES, RARE_CAUSES } from '../../../src/core/explain/causes.js';
import { naiveCanonicalRequest, naiveSignatureOf } from '../../support/naive-signature.js';
import { DATE, draft, KEY, NOW, SECRET, signed, toWire, withHeader } from '../../support/signed-request.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const explain = (request: RequestToExplain, options: Partial<ExplainOptions> = {}) =>
  explainMismatch(request, { keys: { [KEY]: SECRET }, ...options });
const codeOf = (request: RequestToExplain) => explain(request).cause?.code;

/** Signed with one target, sent with another. */
const moved = (from: string, to: string) => ({ ...signed({ target: from }), target: to });

/** Signed for one host, sent to another. */
function rehosted(from: string, to: string) {
  const headers: [string, string][] = [
    ['Host', from],
    ['X-Sdk-Date', DATE],
  ];
  return withHeader(toWire({ ...draft(), headers }), 'Host', to);
}

describe('explainMismatch', () => {
  it.each(['/api', '/v1', '/v2', '/v3', '/api/v1', '/api/v2', '/api/v3', '/rest', '/service', '/backend'])(
    'tries paths without the usual prefix %s',
    (prefix) => expect(codeOf(moved(`${prefix}/users`, '/users'))).toBe('PATH_PREFIX_STRIPPED'),
  );

  it.each(['X-Forwarded-Prefix', 'X-Forwarded-Path', 'X-Script-Name'])('tries the prefix in %s', (name) => {
    expect(codeOf(withHeader(moved('/shop/users', '/users'), name, '/shop'))).toBe('PATH_PREFIX_STRIPPED');
    expect(codeOf(moved('/shop/users', '/users'))).toBeUndefined();
  });

  it.each([
    ...['X-Original-URI', 'X-Forwarded-Uri', 'X-Original-URL', 'X-Rewrite-URL', 'X-Request-URI'],
    ...['X-Envoy-Original-Path', 'X-Replaced-Path', 'X-Forwarded-Path'],
  ])('tries the target in %s', (name) => {
    for (const told of ['/old?a=1', 'http://h.example/old?a=1', 'HTTPS://h.example:8443/old?a=1']) {
      expect(codeOf(withHeader(moved('/old?a=1', '/new?b=2'), name, told))).toBe('TARGET_REWRITTEN');
    }
    const [from, to] = ['/old?a=https://h.example/1', '/new?b=2'];
    expect(codeOf(withHeader(moved(from, to), name, from))).toBe('TARGET_REWRITTEN');
  });

  it.each(['X-Forwarded-Host', 'X-Original-Host', 'X-Host', 'Forwarded'])('tries the host in %s', (name) => {
    for (const told of ['api.example', 'a.example, api.example', 'api.example:9000']) {
      expect(codeOf(withHeader(rehosted('api.example', 'up'), name, told))).toBe('HOST_REPLACED');
    }
    expect(codeOf(rehosted('api.example', 'up'))).toBeUndefined();
  });

  it('tries hosts with and without quotes, and ports in headers of their own', () => {
    for (const told of ['for=192.0.2.1;host=api.example', 'host="api.example:9000";proto=https']) {
      expect(codeOf(withHeader(rehosted('api.example', 'up'), 'Forwarded', told))).toBe('HOST_REPLACED');
    }
    const toldPort = withHeader(rehosted('api.example:9000', 'api.example'), 'X-Forwarded-Port', '9000');
    expect(codeOf(toldPort)).toBe('HOST_PORT');
    expect(codeOf(rehosted('api.example:9000', 'api.example'))).toBeUndefined();
  });

  it.each(['80', '443', '8080', '8443'])('tries Host with port %s', (port) => {
    expect(codeOf(rehosted(`api.example:${port}`, 'api.example'))).toBe('HOST_PORT');
    expect(codeOf(rehosted('api.example', `api.example:${port}`))).toBe('HOST_PORT');
  });

  it('tries ports after an IPv6 address', () => {
    expect(codeOf(rehosted('[2001:db8::1]', '[2001:db8::1]:8080'))).toBe('HOST_PORT');
    expect(codeOf(rehosted('[2001:db8::1]:8080', '[2001:db8::1]'))).toBe('HOST_PORT');
  });

  it('tries paths with up to three added segments', () => {
    expect(codeOf(moved('/users', '/a/b/c/users'))).toBe('PATH_PREFIX_ADDED');
    expect(codeOf(moved('/users', '/a/b/c/d/users'))).toBeUndefined();
  });

  it('tries a path that was encoded once more, in any spelling of its escapes', () => {
    for (const sent of ['/%25C3%25A9', '/%25c3%25a9', '/%25C3%25a9']) {
      expect(codeOf(moved('/%C3%A9', sent))).toBe('PATH_ENCODED');
    }
  });

  it('tries the declared body hash as a signed header', () => {
    const declared = signed({ headers: [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']], secret: 'of nobody' });
    expect(explain(declared).canonicalRequest).toMatch(/\|UNSIGNED-PAYLOAD$/);
  });

  it('does not try an unsigned Host', () => {
    const unsigned = signed({ signedHeaders: ['x-sdk-date'], secret: 'of nobody' });
    expect(codeOf(withHeader(unsigned, 'Host', 'example.com:80'))).toBeUndefined();
  });

  const theirs = ['\n', '\r\n', '\r', ' ', '\t'].map((end) => SECRET + end);
  it.each([...theirs, ` ${SECRET}`, `"${SECRET}"`, `'${SECRET}'`])("tries the signer's secret as %j", (secret) => {
    expect(explain(signed({ secret })).text).toMatch(/ They are in the signer's secret\. /);
  });

  it.each([`${SECRET}\t`, `\n${SECRET}`, `"${SECRET}"`, `'${SECRET}'`, `" ${SECRET} "`])(
    "tries the server's secret as %j",
    (secret) => {
      expect(explain(signed(), { keys: { [KEY]: secret } }).text).toMatch(/ They are in this server's secret\. /);
    },
  );

  it.each(['signature"_secret1"', '"signature_"secret1', `"${SECRET}'`])(
    'tries secrets without a pair of quotes at the ends, but not %s',
    (secret) => {
      expect(explain(signed(), { keys: { [KEY]: secret } }).cause).toBeUndefined();
    },
  );

  it.each([
    [1, 'UTC+01:00'],
    [8, 'UTC+08:00'],
    [5.75, 'UTC+05:45'],
    [14, 'UTC+14:00'],
    [-1, 'UTC-01:00'],
    [-3.5, 'UTC-03:30'],
    [-12, 'UTC-12:00'],
  ])('recognises a date that is %d hours ahead of the clock, within a minute', (hours, zone) => {
    for (const late of [0, MINUTE, -MINUTE]) {
      const { text, cause } = explain(signed(), { arrival: NOW - hours * HOUR + late });
      expect(cause?.code).toBe('LOCAL_TIME');
      const doubt = hours < 0 ? ', unless the request was sent again so long after it was signed' : '';
      expect(text).toContain(` The zone seems to be ${zone}${doubt}. `);
    }
    expect(explain(signed(), { arrival: NOW - hours * HOUR + 1.1 * MINUTE }).cause).toBeUndefined();
  });

  it.each([
    [8, '20260115T173045Z', 'UTC+08:00'],
    [14, '20260115T233045Z', 'UTC+14:00'],
    [-12, '20260114T213045Z', 'UTC-12:00'],
  ])('tries a string to sign in the local time of %d hours', (_, local, zone) => {
    const right = draft();
    const sent = signed();
    const bytes = naiveCanonicalRequest(sent, right.signedHeaders, right.dialect)!;
    const signature = naiveSignatureOf(bytes, Buffer.from(local), SECRET);
    const request = toWire({ ...right, send: (line) => [line.replace(/\w{64}$/, signature)] });
    expect(explain(request).text).toContain(` The zone is ${zone}. `);
  });
});

it('an explanation shows the signed request only if it differs', () => {
  const { text, signed: before } = explain(moved('/api/users', '/users'));
  expect(text).toContain(' Signed: path "/api/users/". Received: path "/users/". ');
  expect(before).toMatch(/^GET\|\/api\/users\/\|/);
  expect(explain(signed({ secret: `${SECRET} ` }))).not.toHaveProperty('signed');
});

it('tells each cause in whole sentences of printable ASCII, with parentheses in pairs', () => {
  for (const { what, remedy } of [...CAUSES, ...RARE_CAUSES, AUTHORIZATION_SIGNED]) {
    for (const text of [what, remedy]) {
      expect(text).toMatch(/^[A-Z](?:[\x21-\x7e]| (?! ))+\.$/);
      expect(text.replace('return (pass)', '').replace(/ \([^()]+\)/g, '')).not.toMatch(/[()]|, [.;)]|; [.)]/);
    }
  }
});
