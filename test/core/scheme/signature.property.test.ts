import { expect, it } from 'vitest';
import {
  CHANGED_PARTS,
  changedIsRefused,
  respelledPasses,
  signedMatches,
  signedPasses,
} from '../../fuzz/signing.properties.js';

it('a request of signRequest passes, with the signature of the naive signer', () => {
  expect(signedPasses({ numRuns: 1500 })).toEqual({ passed: 1500 });
});

it('signRequest gives the right signature for any request', () => {
  expect(signedMatches({ numRuns: 1000 }).OK).toBeGreaterThan(300);
});

it('any single change is refused, or changes nothing that the signature covers', () => {
  const outcomes = changedIsRefused({ numRuns: 600 * CHANGED_PARTS.length });
  // Else the changes would prove nothing.
  for (const part of CHANGED_PARTS) expect(outcomes[`${part}: refused`]).toBeGreaterThan(300);
});

it('a change that the signature does not cover passes', () => {
  expect(respelledPasses({ numRuns: 1000 })).toEqual({ passed: 1000 });
});
