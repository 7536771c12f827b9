import { describe, expect, it } from 'vitest';
import { explainedKind, signedAs, type Received } from '../../support/mis-signed.js';
import { DATE } from '../../support/signed-request.js';

type Headers = NonNullable<Received['headers']>;

/** The cause that is found where these headers came, all of them signed, and one had another value. */
function causeOf(headers: Headers, name: string, signed: string) {
  return explainedKind(signedAs({ headers }, { headers: { [name.toLowerCase()]: signed } }));
}
const cut = (received: string, signed: string) => causeOf([['X-A', received]], 'X-A', signed);
const hostOf = (headers: Headers, signed: string) =>
  explainedKind(signedAs({ headers, signedHeaders: [] }, { headers: { host: signed } }));

/** Signed headers whose names are sorted before others. */
const before = (count: number): Headers => Array.from({ length: count }, (_, at) => [`A${at + 10}`, 'a']);

describe('what a proxy added to a signed header is found', () => {
  it.each([
    ['a , b', 'a'],
    ['a;b', 'a'],
    ['a\t,b', 'a'],
    ['a; b c, d', 'a'],
    ['a,b,c,d', 'a'],
    ['a b c d', 'a'],
    ['a;b;c;d', 'a'],
    ['a,b,c,d,e', 'a,b'],
    ['a, b,  c', 'b,  c'],
    [`${'a'.repeat(998)},b`, 'a'.repeat(998)],
  ])('%s', (received, signed) => {
    expect(cut(received, signed)).toBe('HEADER_APPENDED');
  });

  it.each([
    ['after more than three cuts', 'a,b,c,d,e', 'a'],
    ['in a value of over 1000 characters', `${'a'.repeat(999)},b`, 'a'.repeat(999)],
  ])('but not %s', (_, received, signed) => {
    expect(cut(received, signed)).toBeUndefined();
  });

  it('in the first 20 signed headers, and no more', () => {
    expect(causeOf([...before(19), ['X-A', 'a, b']], 'X-A', 'a')).toBe('HEADER_APPENDED');
    expect(causeOf([...before(20), ['X-A', 'a, b']], 'X-A', 'a')).toBeUndefined();
  });

  it('in headers that proxies often change, however many others there are', () => {
    expect(causeOf([...before(30), ['X-Forwarded-For', 'a, b']], 'X-Forwarded-For', 'a')).toBe('HEADER_APPENDED');
  });

  it('but not in Host and Content-Type, which have causes of their own', () => {
    expect(causeOf([['Host', 'a.example, b.example']], 'Host', 'a.example')).toBeUndefined();
    expect(causeOf([['Content-Type', 'a/b, c/d']], 'Content-Type', 'a/b')).toBeUndefined();
  });
});

it('a signer that writes a blank behind each colon is found', () => {
  const headers = { host: ' example.com', 'x-a': ' a', 'x-sdk-date': ` ${DATE}` };
  expect(explainedKind(signedAs({ headers: [['X-A', 'a']] }, { headers }))).toBe('HEADER_BLANKS');
});

it.each(['HEAD', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'trace'])('the method %s is found', (method) => {
  expect(explainedKind(signedAs({ method: 'TRACE' }, { method }))).toBe('METHOD_REWRITTEN');
});

describe('the signed host is found', () => {
  it.each<[where: string, headers: Headers]>([
    ['as the fourth in X-Forwarded-Host', [['X-Forwarded-Host', 'a, b, c, api.example']]],
    ['in a Forwarded with capitals', [['Forwarded', 'For=192.0.2.1; Host=api.example; Proto=https']]],
    ['in a Forwarded of two hops', [['Forwarded', 'host=a.example;by=x, host="api.example";by=y']]],
    [
      'in a header beside another one',
      [
        ...([
          ['X-Host', 'a'],
          ['X-Forwarded-Host', 'b'],
        ] as const),
        ['Forwarded', 'host=api.example'],
      ],
    ],
  ])('%s', (_, headers) => {
    expect(hostOf([['Host', 'up'], ...headers], 'api.example')).toBe('HOST_REPLACED');
  });

  it('but not as the fifth in X-Forwarded-Host', () => {
    const told: Headers[number] = ['X-Forwarded-Host', 'a, b, c, d, api.example'];
    expect(hostOf([['Host', 'up'], told], 'api.example')).toBeUndefined();
  });

  it('with the port that a header tells, without it, and with a usual one', () => {
    const told: Headers[number] = ['X-Forwarded-Host', 'api.example:9000'];
    expect(hostOf([['Host', 'up'], told], 'api.example:9000')).toBe('HOST_REPLACED');
    expect(hostOf([['Host', 'up'], told], 'api.example')).toBe('HOST_REPLACED');
    expect(hostOf([['Host', 'up'], told], 'api.example:8443')).toBe('HOST_REPLACED');
  });

  it('without a colon that has no port behind it', () => {
    expect(hostOf([['Host', 'api.example:']], 'api.example')).toBe('HOST_PORT');
  });
});
