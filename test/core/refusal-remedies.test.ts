import { expect, it } from 'vitest';
import { isKnownCode, REMEDIES } from '../../src/core/refusal-remedies.js';
import { REFUSAL_CODES } from '../../src/core/refusal.js';

it.each(REFUSAL_CODES)('%s has a remedy of several words', (code) => {
  expect(REMEDIES[code]).toMatch(/^\S+( \S+){4,}$/);
});

it('isKnownCode() knows every code of a refusal, and nothing else', () => {
  expect(REFUSAL_CODES.every(isKnownCode)).toBe(true);
  for (const other of ['', 'toString', '__proto__', 'REPLAYED ', ['REPLAYED'], 401, null, undefined]) {
    expect(isKnownCode(other)).toBe(false);
  }
});
