import fc from 'fast-check';
import { expect, it } from 'vitest';
import { equalSignatures } from '../../../src/core/fast/hmac.js';
import { signaturesEqual } from '../../../src/core/scheme/signature.js';

const signature = fc.oneof(
  fc.string({ unit: fc.constantFrom('0', 'f', 'F'), minLength: 63, maxLength: 65 }),
  fc.string({ unit: fc.constantFrom('0', '\xe9', '\u0130'), minLength: 64, maxLength: 64 }),
  fc.string({ maxLength: 3 }),
);

it('equalSignatures agrees with signaturesEqual, whatever was compared before', () => {
  let [cases, equal] = [0, 0];
  const pair = fc.tuple(signature, fc.option(signature, { nil: undefined })).map(([a, b]) => [a, b ?? a] as const);
  const property = fc.property(pair, ([a, b]) => {
    expect(equalSignatures(a, b)).toBe(a === b);
    expect(signaturesEqual(a, b)).toBe(a === b);
    cases++;
    if (a === b) equal++;
  });
  fc.assert(property, { numRuns: 2000 });
  expect(equal / cases).toBeGreaterThan(0.05);
});

it.each(Array.from({ length: 64 }, (_, at) => at))('equalSignatures sees a difference at character %d', (at) => {
  const one = '0123456789abcdef'.repeat(4);
  const other = `${one.slice(0, at)}x${one.slice(at + 1)}`;
  expect(equalSignatures(one, one)).toBe(true);
  expect(equalSignatures(one, other)).toBe(false);
  expect(equalSignatures(other, one)).toBe(false);
});

it('equalSignatures keeps nothing of the last comparison', () => {
  const signature = '0123456789abcdef'.repeat(4);
  expect(equalSignatures(signature, signature)).toBe(true);
  for (const other of ['', signature + signature]) {
    expect(equalSignatures(other, signature)).toBe(false);
    expect(equalSignatures(signature, other)).toBe(false);
  }
});

it.each([
  ['0', '\u0130'],
  ['\xe9', '\u01e9'],
])('equalSignatures tells %j from %j, whose low bytes are equal', (one, other) => {
  expect(equalSignatures(one.repeat(64), other.repeat(64))).toBe(false);
});
