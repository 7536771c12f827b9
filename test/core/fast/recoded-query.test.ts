import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalQuery,
  queryPairs,
  type PlusInQuery,
  type QueryPair,
} from '../../../src/core/scheme/canonical-request.js';
import {
  byDecodedBytes,
  byEncodedBytes,
  byUtf16Units,
  mayDifferInUtf16,
  recodeQuery,
} from '../../../src/core/fast/recoded-query.js';

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
  it('gives the same result as the plain rules', () => {
    let [cases, unreadable] = [0, 0];
    const property = fc.property(
      query,
      fc.constantFrom<PlusInQuery>('space', 'literal'),
      fc.integer({ min: 1, max: 8 }),
      fc.constantFrom('/?', '/%zz/a=b&c?'),
      (query, plus, most, before) => {
        const expected = plainly(query, plus, most);
        cases++;
        if (expected === undefined) unreadable++;
        expect(recodeQuery(before + query, before.length, plus, most)).toBe(expected);
      },
    );
    fc.assert(property, { numRuns: 20_000 });
    expect(unreadable / cases).toBeGreaterThan(0.02);
    expect(unreadable / cases).toBeLessThan(0.98);
  });

  it.each([16_383, 16_384, 16_385, 50_000])('has room for %i characters that all become longer', (length) => {
    for (const piece of ['+', '+&', 'a&', '+=+&']) {
      const query = piece.repeat(length).slice(0, length);
      expect(recodeQuery(query, 0, 'space', length)).toBe(plainly(query, 'space', length));
    }
  });
});

describe('byDecodedBytes, byEncodedBytes and byUtf16Units', () => {
  const ORDERS = [
    [byDecodedBytes, 'decoded'],
    [byEncodedBytes, 'encoded'],
    [byUtf16Units, 'utf-16'],
  ] as const;
  const written = (pair: QueryPair) => canonicalQuery([pair]);
  const bytesOf = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
  /** Where the orders differ, or a byte is no UTF-8. */
  const telling = fc.constantFrom('\xee', '\xef', '\xf0', '\xf4', '\xff', '\xed', '=', '%', 'a', '0', 'A');
  const bytes = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }).map(bytesOf),
    fc.array(telling, { maxLength: 3 }).map((parts) => parts.join('')),
  );
  const piece = fc.tuple(bytes, bytes).map(([name, value]): QueryPair => [name, value]);

  it('order pieces like the plain rule', () => {
    const differing = { encoded: 0, 'utf-16': 0 };
    let cases = 0;
    const near = fc.tuple(piece, piece, fc.boolean()).map(([a, b, same]) => [a, same ? ([a[0], b[1]] as const) : b]);
    const property = fc.property(near, ([a, b]) => {
      const inOrder = ORDERS.map(([order]) => [written(a!), written(b!)].sort(order).join('&'));
      expect(inOrder).toEqual(ORDERS.map(([, order]) => canonicalQuery([a!, b!], order)));
      cases++;
      if (inOrder[1] !== inOrder[0]) differing.encoded++;
      if (inOrder[2] === inOrder[0]) return;
      differing['utf-16']++;
      expect(mayDifferInUtf16(inOrder[0]!)).toBe(true);
    });
    fc.assert(property, { numRuns: 20_000 });
    expect(Math.min(differing.encoded, differing['utf-16']) / cases).toBeGreaterThan(0.01);
  });

  it('order every pair of bytes, and the end of a name', () => {
    const bytes = ['', ...Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))];
    for (const [order, name] of ORDERS) {
      for (const a of bytes) {
        const inOrder = bytes.map((b) => [written([a, '']), written([b, ''])].sort(order).join('&'));
        expect(inOrder).toEqual(bytes.map((b) => canonicalQuery([[a, ''], [b, '']], name))); // prettier-ignore
        expect(Math.sign(order(written(['', a]), written(['', a])))).toBe(0);
      }
    }
  });
});
