import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainMismatch, sha256Hex } from '../../../src/core/index.js';
import { printable } from '../../../src/core/printable.js';
import { misSigned, type CanonicalLines, type Received } from '../../support/mis-signed.js';
import { KEY, SECRET } from '../../support/signed-request.js';

const OTHER_SECRET = 'secret of the other key';
const keys = { [KEY]: [SECRET, 'an older secret'], other: OTHER_SECRET };

/** Nothing here is masked or cut when it is shown. */
const received: fc.Arbitrary<Received> = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST'),
  target: fc.constantFrom('/a', '/a/', '/api/a/b', '/a?a=1&a=2&b=%20', '/a%20b?x=', '/'),
  headers: fc.subarray([
    ['Content-Type', 'application/json; charset=utf-8'],
    ['X-Forwarded-For', '192.0.2.1, 198.51.100.7'],
    ['X-Forwarded-Host', 'other.example'],
    ['X-A', 'a   b'],
    ['Host', 'api.example.com:8080'],
    ['Content-Length', '7'],
  ] as const),
  body: fc
    .constantFrom('', '{"a":1}', '{"b":"/\u00e9","a":[1.0,{}]}', 'a=1&b=2', 'text\r\n')
    .map((text) => Buffer.from(text)),
});

const hash = (text: string) => sha256Hex(Buffer.from(text));
const anyText = fc.string({ unit: fc.constantFrom('a', 'b', '/', ' ', '%20', '=', '&', ',', '1'), maxLength: 4 });
const header = fc.oneof(
  fc.constantFrom(
    { 'content-type': 'application/json' },
    { 'x-forwarded-for': '192.0.2.1' },
    { 'x-a': 'a b' },
    { host: 'api.example.com' },
    { host: 'other.example' },
  ),
  fc.dictionary(fc.constantFrom('content-type', 'x-forwarded-for', 'x-a', 'host'), anyText, { maxKeys: 1 }),
);
const text = fc.constantFrom(
  '',
  '{}',
  '{"a": 1}',
  '{"a":1}\n',
  '{\n  "a": 1\n}',
  '{"a":2}',
  'a=1',
  'UNSIGNED-PAYLOAD',
  'b',
);
/** What somebody may have signed: one or two things that the explainer knows, or does not. */
const line: fc.Arbitrary<Partial<CanonicalLines>> = fc.oneof(
  fc.record({ method: fc.constantFrom('get', 'post', 'GET', 'HEAD', 'POST', 'Get', 'TRACE') }),
  fc.record({ uri: fc.oneof(fc.constantFrom('/a', '/a/', '/api/a/', '/b/', '/a%2520b/', ''), anyText) }),
  fc.record({ query: fc.oneof(fc.constantFrom('', 'a=1&a=2&b=+', 'a=2&a=1', 'a=1&a=2&b=%20'), anyText) }),
  fc.record({ headers: header }),
  fc.record({ body: text.chain((body) => fc.constantFrom(hash(body), hash(body).toUpperCase(), body)) }),
);
const signed = fc.oneof(
  line,
  fc.tuple(line, line).map(([one, other]) => ({ ...one, ...other })),
);
const secret = fc.constantFrom(SECRET, SECRET, SECRET, 'an older secret', OTHER_SECRET, `${SECRET}\n`, 'of nobody');

describe('explainMismatch, for any signed request', () => {
  it('names a cause only if it makes the signature match', () => {
    const counts = { proved: 0, none: 0 };
    const property = fc.property(received, signed, secret, (request, lines, signer) => {
      const mis = misSigned(request, lines, signer);
      const explanation = explainMismatch(mis.request, { keys });
      counts[explanation.cause ? 'proved' : 'none'] += 1;
      if (!explanation.cause) return;
      // Another text has another hash: so what is said to have been signed must be just that.
      expect(explanation.signed ?? explanation.canonicalRequest).toBe(printable(mis.canonicalRequest));
      expect(signer).not.toBe('of nobody');
    });
    fc.assert(property, { numRuns: 120 });
    expect(Math.min(counts.proved, counts.none)).toBeGreaterThan(2);
  });

  it('names suspects if nothing is proved, and blames the secret only if there are no suspects', () => {
    const property = fc.property(received, signed, secret, (request, lines, signer) => {
      const { cause, matches, suspects, text } = explainMismatch(misSigned(request, lines, signer).request, { keys });
      if (matches || cause) expect(text).not.toContain('most likely the secret');
      else expect(text.includes('most likely the secret')).toBe(suspects === undefined);
      for (const name of suspects ?? [])
        expect(['x-forwarded-for', 'x-forwarded-host', 'content-length']).toContain(name);
    });
    fc.assert(property, { numRuns: 60 });
  });
});

describe('secrets', () => {
  const places: readonly ((text: string) => Received)[] = [
    (text) => ({ target: `/a/${text}` }),
    (text) => ({ target: `/a?q=${text}` }),
    (text) => ({ headers: [['X-A', `a ${text} b`]] }),
    (text) => ({ headers: [['User-Agent', `${text}, appended`]] }),
    (text) => ({ headers: [['Host', `${text}:8080`]] }),
  ];
  const wrongs: readonly Partial<CanonicalLines>[] = [
    { method: 'get' },
    { uri: '/api/a/' },
    { query: '' },
    { headers: { host: 'x' } },
    { headers: { 'user-agent': 'other-keys-secret' } },
    { body: 'UNSIGNED-PAYLOAD' },
    { body: 'nobody knows' },
  ];
  const secrets = ['own-key-secret', 'own-older-secret', 'other-keys-secret', 'third-keys-secret'];
  const [own, older, other, third] = secrets as [string, string, string, string];

  it.each(secrets)('are masked in every part of the request, for every key: %s', (text) => {
    let shown = 0;
    for (const place of places) {
      for (const wrong of wrongs) {
        const { request } = misSigned(place(text), wrong, own);
        const said = JSON.stringify(explainMismatch(request, { keys: { [KEY]: [own, older], other: [other], third } }));
        for (const secret of secrets) expect(said).not.toContain(secret);
        if (said.includes('***')) shown += 1;
      }
    }
    expect(shown).toBeGreaterThan(places.length);
  });
});
