import { describe, expect, it } from 'vitest';
import { agreeOnOdd, agreeOnSignable } from '../../fuzz/agreement.properties.js';
import { noiseIsRead, noiseIsRefused, noiseIsSignedOrNot, signedNoiseIsJudged } from '../../fuzz/noise.properties.js';

describe('the verifier and a naive verifier agree', () => {
  it('on rightly signed requests', () => {
    const outcomes = agreeOnSignable({ numRuns: 3000 });
    // Else the requests would prove nothing.
    expect(outcomes.OK).toBeGreaterThan(1000);
    expect(Object.keys(outcomes).sort()).toEqual([
      'BODY_HASH_MISMATCH',
      'HEADER_NOT_SIGNED',
      'KEY_UNKNOWN',
      'OK',
      'OK_BODY_UNVERIFIED',
      'SIGNATURE_MISMATCH',
      'TARGET_AMBIGUOUS',
      'UNSIGNED_PAYLOAD',
    ]);
  });

  it('on wrongly signed requests', () => {
    expect(Object.keys(agreeOnOdd({ numRuns: 8000 })).sort()).toEqual([
      'AUTHORIZATION_MALFORMED',
      'AUTHORIZATION_MISSING',
      'BODY_HASH_MISMATCH',
      'DATE_MALFORMED',
      'DATE_MISSING',
      'HEADER_NOT_SIGNED',
      'KEY_UNKNOWN',
      'OK',
      'OK_BODY_UNVERIFIED',
      'SIGNATURE_EXPIRED',
      'SIGNATURE_MISMATCH',
      'SIGNED_HEADER_MISSING',
      'SIGNED_HEADER_REPEATED',
      'TARGET_AMBIGUOUS',
      'UNSIGNED_PAYLOAD',
    ]);
  });
});

describe('nothing throws', () => {
  it('in the verifier, for any request', () => {
    expect(noiseIsRefused({ numRuns: 3000 })).toMatchObject({ SIGNATURE_MISMATCH: expect.any(Number) as number });
  });

  it('in signing and verifying, for any text of a signature', () => {
    expect(signedNoiseIsJudged({ numRuns: 1000 })).toMatchObject({ KEY_UNKNOWN: expect.any(Number) as number });
  });

  it('in signRequest, for any request, except a TypeError', () => {
    expect(Object.keys(noiseIsSignedOrNot({ numRuns: 1000 })).sort()).toEqual(['not signed', 'signed']);
  });

  it('in the parts', () => {
    expect(noiseIsRead({ numRuns: 1000 })).toMatchObject({
      'a target, no Authorization': expect.any(Number) as number,
    });
  });
});
