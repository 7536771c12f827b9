import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalQuery,
  canonicalUri,
  createVerifier,
  formatAuthorization,
  parseAuthorization,
  parseSdkDate,
  queryPairs,
  splitTarget,
  type PlusInQuery,
  type Verdict,
} from '../../src/core/index.js';
import { naiveVerdict, type NaiveRequest } from '../support/naive-signature.js';
import { odd, signable } from '../support/requests.arbitrary.js';
import { DATE, draft, KEY, NOW, SECRET, toWire, verdictOn } from '../support/signed-request.js';

const KEYS = { [KEY]: SECRET, other: 'other secret' };

function codeOf(verdict: Verdict | Promise<Verdict>): string {
  if (verdict instanceof Promise) throw new Error('there is nothing to wait for');
  return verdict.ok ? 'OK' : verdict.refusal.code;
}

/** How often both implementations said what; they must say the same. */
function tally() {
  const counts: Partial<Record<string, number>> = {};
  const compare = (request: NaiveRequest, plusInQuery: PlusInQuery) => {
    const code = codeOf(createVerifier({ keys: KEYS, plusInQuery, now: () => NOW }).verify(request));
    expect(code).toBe(naiveVerdict(request, { secrets: new Map(Object.entries(KEYS)), now: NOW, plus: plusInQuery }));
    counts[code] = (counts[code] ?? 0) + 1;
  };
  return { counts, compare };
}

const plusInQuery = fc.constantFrom<PlusInQuery>('space', 'literal');

describe('the verifier and a naive one agree', () => {
  it('on requests that were signed well', () => {
    const { counts, compare } = tally();
    const property = fc.property(signable, plusInQuery, (changes, plus) => compare(toWire(draft(changes)), plus));
    fc.assert(property, { numRuns: 3000 });
    // Else the requests would prove nothing: most pass, and the rest are refused for target, `+` or body hash alone.
    expect(counts.OK).toBeGreaterThan(1000);
    expect(Object.keys(counts).sort()).toEqual(['BODY_HASH_MISMATCH', 'OK', 'SIGNATURE_MISMATCH', 'TARGET_AMBIGUOUS']);
  });

  it('on requests that were not', () => {
    const { counts, compare } = tally();
    const property = fc.property(odd, plusInQuery, (changes, plus) => compare(toWire(draft(changes)), plus));
    fc.assert(property, { numRuns: 5000 });
    expect(Object.keys(counts).sort()).toEqual([
      'AUTHORIZATION_MALFORMED',
      'AUTHORIZATION_MISSING',
      'BODY_HASH_MISMATCH',
      'DATE_MALFORMED',
      'DATE_MISSING',
      'KEY_UNKNOWN',
      'OK',
      'SIGNATURE_EXPIRED',
      'SIGNATURE_MISMATCH',
      'SIGNED_HEADER_MISSING',
      'SIGNED_HEADER_REPEATED',
      'TARGET_AMBIGUOUS',
    ]);
  });
});

describe('nothing throws', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 30 });
  const authorization = fc
    .tuple(
      fc.oneof(fc.constant(KEY), anyText),
      fc.array(fc.oneof(fc.constantFrom('x-sdk-date', 'host'), anyText), { maxLength: 3 }),
      anyText,
    )
    .map(([key, signedHeaders, signature]) => formatAuthorization({ key, signedHeaders, signature }));
  const line = fc.oneof(
    fc.tuple(fc.constant('Authorization'), fc.oneof(authorization, anyText)),
    fc.tuple(fc.constant('X-Sdk-Date'), fc.oneof(fc.constant(DATE), anyText)),
    fc.tuple(fc.oneof(fc.constantFrom('Host', 'Content-Type', 'X-Sdk-Content-Sha256'), anyText), anyText),
  );

  it('whatever comes as a request', () => {
    const request = fc.record({
      method: anyText,
      target: fc.option(
        fc.oneof(
          anyText,
          anyText.map((text) => '/' + text),
        ),
        { nil: undefined },
      ),
      headers: fc.array(line, { maxLength: 6 }),
      body: fc.option(fc.uint8Array({ maxLength: 9 }), { nil: undefined }),
    });
    const options = { requiredSignedHeaders: ['host'], signedIfPresent: ['content-type'] };
    const property = fc.property(request, (wire) => {
      expect(codeOf(verdictOn(wire, options))).not.toBe('OK');
    });
    fc.assert(property, { numRuns: 3000 });
  });

  it('whatever signs and is signed, as far as a signature goes', () => {
    const request = fc.record({
      target: anyText,
      secret: anyText,
      method: anyText,
      key: anyText,
      headers: fc.array(line),
    });
    fc.assert(
      fc.property(request, (changes) => void codeOf(verdictOn(toWire(draft(changes))))),
      { numRuns: 1000 },
    );
  });

  it('in the parts', () => {
    const parts = fc.property(anyText, plusInQuery, (text, plus) => {
      parseAuthorization(text);
      parseSdkDate(text);
      const [path, query] = splitTarget(text);
      expect(query === '' ? [path, path + '?'] : [`${path}?${query}`]).toContain(text);
      canonicalUri(text);
      canonicalQuery(queryPairs(text, plus) ?? []);
    });
    fc.assert(parts, { numRuns: 1000 });
  });
});
