import { describe, expect, it } from 'vitest';
import type { RefusedRequest } from '../../../src/core/index.js';
import { hasForeignCharset } from '../../../src/core/verify/content-type.js';
import { refused } from '../../support/refusals.js';
import { draft, KEY, signed, toWire, verdictOn, withHeader } from '../../support/signed-request.js';

const good = signed();
const SIGNED = ['host', 'x-sdk-date'];

const withAuthorization = (value: string) => withHeader(good, 'Authorization', value);
const withTarget = (target: string) => ({ ...good, target });
const distinctNames = (size: number) =>
  Array.from({ length: size / 8 }, (_, at) => `x${at.toString(36).padStart(6, '0')}`);

/** Not signed by the naive signer, whose own time is quadratic. */
function withHeaders(names: readonly string[]) {
  const signedHeaders = [...SIGNED, ...names].join(';');
  const request = withAuthorization(`SDK-HMAC-SHA256 Access=${KEY}, SignedHeaders=${signedHeaders}, Signature=0`);
  return { ...request, headers: [...request.headers, ...names.map((name) => [name, ''] as const)] };
}

const malformed = refused('AUTHORIZATION_MALFORMED');
const mismatch = refused('SIGNATURE_MISMATCH');
const ambiguous = refused('TARGET_AMBIGUOUS');
const unknown = refused('KEY_UNKNOWN');

/** Requests of a size, each of which made some verifier slow, and nobody needs a key to send them. */
const SHAPES: readonly (readonly [string, (size: number) => typeof good, RefusedRequest])[] = [
  ['blanks between two letters of a value', (size) => withHeader(good, 'Host', `a${' '.repeat(size)}b`), mismatch],
  ['tabs and spaces in turn', (size) => withHeader(good, 'Host', `a${' \t'.repeat(size / 2)}b`), mismatch],
  [
    'the same in a header that is not signed',
    (size) => ({ ...withHeader(good, 'X-A', `a${' '.repeat(size)}b`), method: 'PUT' }),
    mismatch,
  ],
  ['a scheme and blanks', (size) => withAuthorization(`SDK-HMAC-SHA256${' '.repeat(size)}x`), malformed],
  ['schemes', (size) => withAuthorization('SDK-HMAC-SHA256 '.repeat(size / 16)), malformed],
  ['accesses', (size) => withAuthorization('SDK-HMAC-SHA256 Access=' + 'Access='.repeat(size / 8)), malformed],
  ['schemes with accesses', (size) => withAuthorization('SDK-HMAC-SHA256 Access=k '.repeat(size / 16)), malformed],
  ['a key without end', (size) => withAuthorization(`SDK-HMAC-SHA256 Access=${'k'.repeat(size)}`), malformed],
  ['a long key', (size) => toWire({ ...draft(), key: 'k'.repeat(size) }), unknown],
  [
    'blanks after a comma',
    (size) => withAuthorization(`SDK-HMAC-SHA256 Access=k,${' '.repeat(size)}SignedHeaders=a`),
    malformed,
  ],
  [
    'a signature with a dash at its end',
    (size) => withAuthorization(`SDK-HMAC-SHA256 Access=k, SignedHeaders=a, Signature=${'a'.repeat(size)}-`),
    malformed,
  ],
  ['a long signature', (size) => toWire({ ...draft(), send: (line) => [line + 'a'.repeat(size)] }), mismatch],
  ['semicolons for names', (size) => toWire({ ...draft(), signedHeaders: [';'.repeat(size)] }), malformed],
  [
    'one name again and again',
    (size) => withAuthorization(`SDK-HMAC-SHA256 Access=k, SignedHeaders=a${';a'.repeat(size / 2)}, Signature=0`),
    malformed,
  ],
  [
    'names in descending order, the first one absent',
    (size) => toWire({ ...draft(), signedHeaders: distinctNames(size).reverse() }),
    refused('SIGNED_HEADER_MISSING', 'x000000'),
  ],
  [
    'one header again and again',
    (size) =>
      toWire({ ...draft(), headers: [...draft().headers, ...Array<['host', '']>(size / 8).fill(['host', ''])] }),
    refused('SIGNED_HEADER_REPEATED', 'host'),
  ],
  ['other headers, each signed', (size) => withHeaders(distinctNames(size)), mismatch],
  [
    'charset and blanks',
    (size) => ({ ...withHeader(good, 'Content-Type', 'charset'.concat(' '.repeat(size))), method: 'PUT' }),
    mismatch,
  ],
  [
    'the word charset',
    (size) => ({ ...withHeader(good, 'Content-Type', 'charset'.repeat(size / 8)), method: 'PUT' }),
    mismatch,
  ],
  [
    'charsets',
    (size) => withHeader(good, 'Content-Type', 'charset=utf-8;'.repeat(size / 16) + 'charset=x'),
    refused('HEADER_NOT_SIGNED', 'content-type'),
  ],
  ['ampersands', (size) => withTarget('/?' + '&'.repeat(size)), ambiguous],
  ['equals signs', (size) => withTarget('/?a' + '='.repeat(size)), mismatch],
  ['equals signs and nothing before', (size) => withTarget('/?' + '='.repeat(size)), ambiguous],
  ['plus signs', (size) => withTarget('/?a=' + '+'.repeat(size)), mismatch],
  ['escapes', (size) => withTarget('/' + '%20'.repeat(size / 4) + '?a=' + '%2B'.repeat(size / 4)), mismatch],
  ['per cent signs', (size) => withTarget('/' + '%'.repeat(size)), ambiguous],
  ['escapes and a bad one', (size) => withTarget('/?a=' + '%41'.repeat(size / 4) + '%'), ambiguous],
  ['slashes', (size) => withTarget('/'.repeat(size)), mismatch],
  ['dot segments', (size) => withTarget('/..'.repeat(size / 4)), mismatch],
  ['question marks', (size) => withTarget('/' + '?'.repeat(size)), mismatch],
  ['one long method', (size) => ({ ...good, method: 'A'.repeat(size) }), mismatch],
];

describe.each(SHAPES)('%s', (_, shape, expected) => {
  // At the larger size what takes quadratic time takes minutes, and runs into the limit of the test.
  it.each([16 << 10, 64 << 10, 512 << 10])('is refused at %d bytes', (size) => {
    expect(verdictOn(shape(size))).toEqual(expected);
  });
});

describe('a query with many pairs in two orders', () => {
  const hostile = Array.from({ length: 1000 }, (_, at) => (at % 2 ? `:${at}` : `0${at}`))
    .reverse()
    .join('&');

  it('passes or is refused like a short query', () => {
    const request = signed({
      target: `/?${hostile}`,
      dialect: { order: 'encoded', plus: 'space' },
      signedHeaders: SIGNED,
    });
    expect(verdictOn(request)).toMatchObject({ ok: true });
    expect(verdictOn({ ...request, target: `/?${hostile}x` })).toEqual(mismatch);
  });
});

it('the verifier finds a charset after any number of charsets', () => {
  expect(hasForeignCharset('charset=utf-8;'.repeat(1 << 16))).toBe(false);
  expect(hasForeignCharset('charset=utf-8;'.repeat(1 << 16) + 'charset=utf-7')).toBe(true);
});
