import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byBytes, percentDecode, percentEncode } from '../../src/core/canonical-request.js';
import { byRecodedBytes, recode } from '../../src/core/percent-encoding.js';

const piece = fc.oneof(
  fc.constantFrom(
    'a',
    'A',
    '0',
    '-',
    '_',
    '.',
    '~',
    '+',
    ' ',
    '/',
    '%',
    '%2',
    '%2g',
    '%2F',
    '%2f',
    '%61',
    '%7E',
    '%25',
  ),
  fc.integer({ min: 0, max: 255 }).map((byte) => '%' + byte.toString(16).padStart(2, '0')),
  fc.integer({ min: 0, max: 0x1ff }).map((code) => String.fromCharCode(code)),
);
const text = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
const readable = text.filter((each) => percentDecode(each) !== undefined);

describe('recode', () => {
  it('gives what decoding and encoding gives', () => {
    let unreadable = 0;
    const property = fc.property(text, fc.constantFrom('space' as const, 'literal' as const), (text, plus) => {
      const decoded = percentDecode(plus === 'space' ? text.replaceAll('+', ' ') : text);
      if (decoded === undefined) unreadable++;
      expect(recode(text, plus)).toBe(decoded === undefined ? undefined : percentEncode(decoded));
    });
    fc.assert(property, { numRuns: 10_000 });
    expect(unreadable).toBeGreaterThan(500);
    expect(unreadable).toBeLessThan(9500);
  });
});

describe('byRecodedBytes', () => {
  it('orders texts as their decoded ones are ordered', () => {
    const property = fc.property(readable, readable, readable, (start, a, b) => {
      const [left, right] = [start + a, start + b];
      const order = byRecodedBytes(recode(left, 'literal')!, recode(right, 'literal')!);
      expect(Math.sign(order)).toBe(byBytes(percentDecode(left)!, percentDecode(right)!));
    });
    fc.assert(property, { numRuns: 10_000 });
  });

  it('knows every pair of bytes', () => {
    const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
    for (const a of bytes) {
      const orders = bytes.map((b) => Math.sign(byRecodedBytes(percentEncode(a), percentEncode(b))));
      expect(orders).toEqual(bytes.map((b) => byBytes(a, b)));
    }
  });
});
