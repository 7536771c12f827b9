/** Nothing throws, whatever comes. */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import {
  canonicalQuery,
  canonicalUri,
  formatAuthorization,
  parseAuthorization,
  parseSdkDate,
  queryPairs,
  signRequest,
  splitTarget,
} from '../../src/core/index.js';
import { DATE, draft, KEY, toWire } from '../support/signed-request.js';
import { codeOf, verdictOf } from './agreement.properties.js';
import { property } from './property.js';

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const syntax = fc.constantFrom(
  ...['/', '?', '&', '=', '%', '%2', '%41', '%e9', '+', '#', ';', ',', ' ', '\r\n', 'a', '\u{1f600}'],
);
const anyText = fc.array(fc.oneof(byte, syntax), { maxLength: 12 }).map((parts) => parts.join(''));
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

const rightLines = fc.constant<[string, string][]>([
  ['Authorization', formatAuthorization({ key: KEY, signedHeaders: ['x-sdk-date'], signature: '0'.repeat(64) })],
  ['X-Sdk-Date', DATE],
]);
const anyTarget = fc.oneof(
  anyText,
  anyText.map((text) => '/' + text),
  fc.constant(undefined as unknown as string), // from JavaScript
);
const request = fc.record({
  method: fc.oneof(fc.constant('GET'), anyText),
  target: anyTarget,
  headers: fc.oneof(fc.array(line, { maxLength: 6 }), rightLines),
  body: fc.option(fc.uint8Array({ maxLength: 9 }), { nil: undefined }),
});

/** In the verifier: all of it is refused. */
export const noiseIsRefused = property(request, (noise) => {
  const verdict = verdictOf(noise, { requiredSignedHeaders: ['x-sdk-date'], signedIfPresent: ['content-type'] });
  assert.equal(verdict.ok, false);
  return codeOf(verdict);
});

const signedNoise = fc.record({
  target: anyText,
  secret: anyText,
  method: anyText,
  key: anyText,
  headers: fc.array(line),
});

/** In the verifier, signed with whatever it may be, as far as a signature goes. */
export const signedNoiseIsJudged = property(signedNoise, (noise) => codeOf(verdictOf(toWire(draft(noise)))));

/** In the signer: what it cannot sign is a TypeError. */
export const noiseIsSignedOrNot = property(
  fc.tuple(anyText, anyText, fc.array(line, { maxLength: 3 }), anyText, fc.option(fc.array(anyText, { maxLength: 2 }))),
  ([method, target, headers, key, signedHeaders]) => {
    try {
      signRequest({ method, target, headers }, { key, secret: key, signedHeaders: signedHeaders ?? undefined });
      return 'signed';
    } catch (error) {
      assert.ok(error instanceof TypeError, String(error));
      return 'not signed';
    }
  },
);

/** In the parts. */
export const noiseIsRead = property(fc.tuple(anyText, fc.constantFrom('space', 'literal')), ([text, plusInQuery]) => {
  parseSdkDate(text);
  const [path, query] = splitTarget(text);
  assert.ok(text === (query === '' ? path : `${path}?${query}`) || text === path + '?');
  const isRead = canonicalUri(path) !== undefined && canonicalQuery(queryPairs(query, plusInQuery) ?? []) !== '';
  return `${isRead ? 'a target' : 'no target'}, ${parseAuthorization(text) ? 'an' : 'no'} Authorization`;
});
