import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  byBytes,
  canonicalQuery,
  percentEncode,
  queryPairs,
  type PlusInQuery,
  type QueryPair,
} from '../../../src/core/scheme/canonical-request.js';
import { byDecodedBytes, byEncodedBytes, recodeQuery } from '../../../src/core/fast/recoded-query.js';

const bits = ['a', 'A', '0', '-', '~', '+', ' ', '/', '?', '%', '%2', '%2g', '%2F', '%2f', '%61', '%3D', '%26', '%25'];
const text = fc.array(
  fc.oneof(
    fc.constantFrom(...bits),
    fc.constantFrom('&', '&', '=', '='),
    fc.integer({ min: 0, max: 255 }).map((byte) => '%' + byte.toString(16).padStart(2, '0')),
    fc.integer({ min: 0, max: 0x1ff }).map((code) => String.fromCharCode(code)),
  ),
  { maxLength: 12 },
);
const query = text.map((each) => each.join(''));

/** What the plain rules make of a query, in the order that it came in. */
function plainly(query: string, plus: PlusInQuery, most: number): string | undefined {
  const pairs = queryPairs(query, plus);
  const pieces = query.split('&');
  if (!pairs || pieces.length > most || pieces.some((piece) => /^=./s.test(piece))) return undefined;
  return pairs.map((pair) => canonicalQuery([pair])).join('&');
}

describe('recodeQuery', () => {
  it('gives what the plain rules give', () => {
    let unreadable = 0;
    const property = fc.property(
      query,
      fc.constantFrom<PlusInQuery>('space', 'literal'),
      fc.integer({ min: 1, max: 8 }),
      fc.constantFrom('/?', '/%zz/a=b&c?'),
      (query, plus, most, before) => {
        const expected = plainly(query, plus, most);
        if (expected === undefined) unreadable++;
        expect(recodeQuery(before + query, before.length, plus, most)).toBe(expected);
      },
    );
    fc.assert(property, { numRuns: 20_000 });
    expect(unreadable).toBeGreaterThan(500);
    expect(unreadable).toBeLessThan(19_500);
  });

  it.each([16_383, 16_384, 16_385, 50_000])('has room for %i characters that all become longer', (length) => {
    for (const piece of ['+', '+&', 'a&', '+=+&']) {
      const query = piece.repeat(length).slice(0, length);
      expect(recodeQuery(query, 0, 'space', length)).toBe(plainly(query, 'space', length));
    }
  });
});

describe('byDecodedBytes and byEncodedBytes', () => {
  const asBytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
  const encoded = ([name, value]: QueryPair): QueryPair => [percentEncode(name), percentEncode(value)];
  const written = (pair: QueryPair) => encoded(pair).join('=');
  const piece = fc
    .tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))
    .map((pair): QueryPair => [asBytes(pair[0]), asBytes(pair[1])]);

  it('order pieces by name, then by value', () => {
    const near = fc.tuple(piece, piece, fc.boolean()).map(([a, b, same]) => [a, same ? ([a[0], b[1]] as const) : b]);
    const property = fc.property(near, ([a, b]) => {
      const orders = [byDecodedBytes, byEncodedBytes].map((order) => Math.sign(order(written(a!), written(b!))));
      const byPairs = (a: QueryPair, b: QueryPair) => byBytes(a[0], b[0]) || byBytes(a[1], b[1]);
      expect(orders).toEqual([byPairs(a!, b!), byPairs(encoded(a!), encoded(b!))]);
    });
    fc.assert(property, { numRuns: 10_000 });
  });

  it('know every pair of bytes, and the end of a name', () => {
    const bytes = ['', ...Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))];
    for (const a of bytes) {
      const decoded = bytes.map((b) => Math.sign(byDecodedBytes(written([a, '']), written([b, '']))));
      expect(decoded).toEqual(bytes.map((b) => byBytes(a, b)));
      const encoded = bytes.map((b) => Math.sign(byEncodedBytes(written(['', a]), written(['', b]))));
      expect(encoded).toEqual(bytes.map((b) => byBytes(percentEncode(a), percentEncode(b))));
    }
  });
});
