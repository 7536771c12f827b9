import { describe, expect, it } from 'vitest';
import { createVerifier, signRequest, type WireRequest } from '../../../src/core/index.js';
import {
  bodyOf,
  dateOf,
  FALSE_BODY_HASH,
  ordersOfOthers,
  toWireRequest,
  vectors,
  type Vector,
} from '../../support/vectors.js';

describe('the 509 vectors of the official signers', () => {
  it('are all here', () => {
    expect(vectors).toHaveLength(509);
  });

  it.each(vectors)('$name: signed byte for byte', (vector) => {
    const signed = signRequest(
      { method: vector.method, target: vector.target, headers: vector.headers, body: bodyOf(vector) },
      { key: vector.key, secret: vector.secret, signedHeaders: vector.signedHeaders.split(';') },
    );
    expect(signed.canonicalRequest).toBe(vector.canonicalRequest);
    expect(signed.stringToSign).toBe(vector.stringToSign);
    expect(signed.authorization).toBe(vector.authorization);
  });

  it.each(vectors)('$name: verified at its own date', (vector) => {
    const verifier = createVerifier({
      keys: { [vector.key]: vector.secret },
      encodedSlash: 'accept',
      now: () => dateOf(vector),
    });
    const verdict = verifier.verify(toWireRequest(vector));
    if (FALSE_BODY_HASH.has(vector.name)) {
      expect(verdict).toMatchObject({ ok: false, refusal: { code: 'BODY_HASH_MISMATCH' } });
    } else {
      expect(verdict).toMatchObject({ ok: true, key: vector.key });
    }
  });
});

describe('the 22 vectors of queries in other orders', () => {
  const verdictOn = (vector: Vector, changes: Partial<WireRequest> = {}) =>
    createVerifier({ keys: { [vector.key]: vector.secret }, now: () => dateOf(vector) }).verify({
      ...toWireRequest(vector),
      ...changes,
    });

  it('are all here', () => {
    expect(ordersOfOthers).toHaveLength(22);
  });

  it.each(ordersOfOthers)('$name: accepted', (vector) => {
    expect(verdictOn(vector)).toMatchObject({ ok: true, key: vector.key, bodyVerified: true });
  });

  it.each(ordersOfOthers)('$name: refused with one value changed', (vector) => {
    expect(verdictOn(vector, { target: vector.target + 'x' })).toMatchObject({
      ok: false,
      refusal: { code: 'SIGNATURE_MISMATCH' },
    });
  });
});
