import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { REFUSAL_CODES, RefusalError, refusalOf } from '../../src/core/refusal.js';

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

it('the second verifier shares no code with the first, and gives every code that one request can have', () => {
  const codes = REFUSAL_CODES.filter((code) => refusalOf(code).status === 401 && code !== 'REPLAYED');
  expect(codesIn('test/support/naive-verdict.ts')).toEqual(codes);
});

it('the list of codes cannot be changed', () => {
  expect(Object.isFrozen(REFUSAL_CODES)).toBe(true);
});

it.each([
  ['BODY_TOO_LARGE', 413, 'Request body too large.'],
  ['HELD_BYTES_EXCEEDED', 503, 'Too many request bodies are waiting.'],
  ['KEYS_UNAVAILABLE', 503, 'Signing keys are unavailable.'],
  ['REPLAY_STORE_UNAVAILABLE', 503, 'Replay store is unavailable.'],
  [
    'BODY_NOT_CAPTURED',
    500,
    'The request body was not captured: import ApigSignatureModule.forRoot() in the root module, and let nothing read ' +
      'or replace the body before it.',
  ],
] as const)('%s, which is not about the signature, is refused with status %d', (code, status, message) => {
  expect(refusalOf(code)).toStrictEqual({ code, message, status });
  expect(refusalOf(code, { reason: 'why' })).toStrictEqual({ code, message, status, reason: 'why' });
});

it('an error that carries a refusal has the message of the refusal', () => {
  const refusal = refusalOf('BODY_TOO_LARGE');
  const error = new RefusalError(refusal);
  expect([error.name, error.message, error.refusal]).toEqual(['RefusalError', 'Request body too large.', refusal]);
});
