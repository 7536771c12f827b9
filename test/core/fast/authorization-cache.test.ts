import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuthorizationCache, type ReadAuthorization } from '../../../src/core/fast/authorization-cache.js';
import { namesInRequest } from '../../../src/core/fast/canonical-request-hash.js';
import { formatAuthorization, parseAuthorization } from '../../../src/core/index.js';

const SIGNATURE = '0123456789abcdef'.repeat(4);

const keyOf = (length: number) => 'k'.repeat(length);
const headerOf = (key: string, signature = SIGNATURE) =>
  formatAuthorization({ key, signedHeaders: ['host', 'x-sdk-date'], signature });

function cacheOf(values: readonly string[]): AuthorizationCache {
  const cache = new AuthorizationCache();
  for (const value of values) cache.add(value, new AuthorizationCache().read(value)!);
  return cache;
}

/** What must come out, but for `isCached`. */
function plain(value: string): Omit<ReadAuthorization, 'isCached'> | undefined {
  const authorization = parseAuthorization(value);
  return authorization && { ...authorization, names: namesInRequest(authorization.signedHeaders) };
}

function read(cache: AuthorizationCache, value: string) {
  const { isCached, ...authorization } = cache.read(value) ?? { isCached: false };
  return { isCached, authorization: 'key' in authorization ? authorization : undefined };
}

describe('an Authorization header from the cache', () => {
  it('gives the same result as without the cache', () => {
    const piece = fc.constantFrom('', ' ', '\t', ',', ';', 'a', 'A', '-', 'host', '=', SIGNATURE, 'Signature=', '\n');
    const text = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(''));
    const names = fc.constantFrom('host', 'b;a', 'Host;X-A', 'a;a', '');
    const written = fc
      .tuple(fc.constantFrom('k', 'k k', 'Signature=k', ''), names, text)
      .map(([key, names, end]) => `SDK-HMAC-SHA256 Access=${key}, SignedHeaders=${names}, Signature=${end}`);
    const known = fc
      .tuple(fc.constantFrom('k', 'k k', 'Signature=k'), fc.constantFrom('host', 'b;a', 'Host;X-A'))
      .map(([key, names]) => `SDK-HMAC-SHA256  Access=${key},SignedHeaders=${names}, Signature=${SIGNATURE}`);
    let [cases, familiar] = [0, 0];
    const property = fc.property(fc.array(known), fc.array(written), text, (known, written, end) => {
      const cache = cacheOf(known);
      const respelled = known.map((value) => value.slice(0, -SIGNATURE.length + (end.length % 3)) + end);
      for (const value of [...known, ...written, ...respelled]) {
        const { authorization, isCached } = read(cache, value);
        expect(authorization).toEqual(plain(value));
        if (isCached) familiar++;
      }
      cases++;
    });
    fc.assert(property, { numRuns: 2000 });
    expect(familiar / cases).toBeGreaterThan(1);
  });

  it.each([
    '',
    '0',
    SIGNATURE.slice(1),
    SIGNATURE + '0',
    SIGNATURE.slice(1) + '-',
    SIGNATURE.slice(1) + '\n',
    ' ' + SIGNATURE.slice(1),
  ])('gives the same result for the signature %j', (signature) => {
    const value = headerOf('k', signature);
    expect(read(cacheOf([headerOf('k')]), value).authorization).toEqual(plain(value));
  });
});

describe('the cache', () => {
  it('gives no caller anything that it could change', () => {
    const cache = cacheOf([headerOf('k')]);
    const { signedHeaders } = cache.read(headerOf('k'))!;
    expect(() => (signedHeaders as string[]).push('x-a')).toThrow(TypeError);
    expect(read(cache, headerOf('k'))).toEqual({ isCached: true, authorization: plain(headerOf('k')) });
  });

  it('holds 500 headers, and drops the oldest', () => {
    const values = Array.from({ length: 501 }, (_, at) => headerOf(`k${at}`));
    const cache = cacheOf(values);
    expect(values.map((value) => read(cache, value).isCached)).toEqual([false, ...Array<boolean>(500).fill(true)]);
  });

  it('holds no header of more than 1,000 characters', () => {
    const longest = headerOf(keyOf(1000 - headerOf('').length));
    const longer = headerOf(keyOf(1001 - headerOf('').length));
    const cache = cacheOf([longest, longer]);
    expect([longest.length, read(cache, longest).isCached]).toEqual([1000, true]);
    expect([longer.length, read(cache, longer).isCached]).toEqual([1001, false]);
  });
});
