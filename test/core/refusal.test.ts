import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { REFUSAL_CODES, refusalOf } from '../../src/core/refusal.js';

/** The codes that a text names. */
function codesIn(file: string): string[] {
  const words = new Set<string>(readFileSync(file, 'utf8').match(/\b[A-Z_]+\b/g));
  return REFUSAL_CODES.filter((code) => words.has(code));
}

it.each([
  'docs/guide/how-it-works.md',
  'docs/guide/refusals.md',
  'docs/zh/guide/refusals.md',
  'docs/reference/nestjs-apig-signature.md',
  'test/types/public-face.ts',
])('%s names every code of a refusal', (file) => {
  expect(codesIn(file)).toEqual(REFUSAL_CODES);
});

it('the second verifier, which shares no code with the first, gives every code that one request can have', () => {
  const codes = REFUSAL_CODES.filter((code) => refusalOf(code).status === 401 && code !== 'REPLAYED');
  expect(codesIn('test/support/naive-verdict.ts')).toEqual(codes);
});

it('the list of codes cannot be changed', () => {
  expect(Object.isFrozen(REFUSAL_CODES)).toBe(true);
});
