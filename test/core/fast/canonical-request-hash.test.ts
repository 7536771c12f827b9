import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalRequestHash, namesInRequest } from '../../../src/core/fast/canonical-request-hash.js';
import { canonicalHeaders, canonicalRequest, type HeaderPair } from '../../../src/core/scheme/canonical-request.js';
import { sha256Hex } from '../../../src/core/scheme/signature.js';

describe('canonicalRequestHash', () => {
  it('gives the hash of the canonical request, and nothing for a value that no header can have', () => {
    const seen = { plain: 0, bytes: 0, unfit: 0 };
    const value = fc.oneof(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.constantFrom('', '\t', ' ', '\x7f', '\x80', '\xff', 'caf\xe9', 'a\nb', '\0', '\r', '\u0100'),
    );
    const headers = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z-]+$/), value), {
      maxLength: 4,
      selector: ([n]) => n,
    });
    const bodyHash = fc.oneof(fc.constant(sha256Hex('')), fc.constant('UNSIGNED-PAYLOAD'));
    const property = fc.property(headers, bodyHash, (headers: HeaderPair[], bodyHash) => {
      const names = headers.map(([name]) => name);
      const target = { canonicalUri: '/a%20b/', canonicalQuery: 'c=d' };
      const lines = canonicalHeaders(headers);
      const parts = { method: 'GET', ...target, signedHeaders: names, bodyHash };
      const expected =
        lines === undefined ? undefined : sha256Hex(canonicalRequest({ ...parts, canonicalHeaders: lines }));
      const values = headers.map(([, value]) => value);
      const signed = { method: 'GET', ...target, headers: { names, values }, bodyHash };
      expect(canonicalRequestHash(signed, namesInRequest(names))).toBe(expected);
      seen[lines === undefined ? 'unfit' : /[^\t -~\n]/.test(lines) ? 'bytes' : 'plain']++;
    });
    fc.assert(property, { numRuns: 5000 });
    const { plain, bytes, unfit } = seen;
    expect(Math.min(plain, bytes, unfit) / (plain + bytes + unfit)).toBeGreaterThan(0.02);
  });
});
