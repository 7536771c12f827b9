import { hash } from 'node:crypto';
import { sha256Hex } from '../scheme/signature.js';
import { canonicalRequestOf, type SignedParts } from '../scheme/signed-headers.js';
import { HeaderNames } from './header-names.js';

/** The pieces of a canonical request that depend on the names of the signed headers alone. */
export interface NamesInRequest {
  readonly wanted: HeaderNames;
  /** For each header a new line, the name and a colon. */
  readonly labels: readonly string[];
  /** The text between the last header's value and the body's hash. */
  readonly ending: string;
}

/** ASCII text that fits into a header. */
const PLAIN = /^[\t\x20-\x7e]*$/;

export function namesInRequest(signedHeaders: readonly string[]): NamesInRequest {
  return {
    wanted: new HeaderNames(signedHeaders),
    labels: signedHeaders.map((name) => `\n${name}:`),
    ending: `\n\n${signedHeaders.join(';')}\n`,
  };
}

/**
 * The hash of the canonical request: `sha256Hex(canonicalRequestOf(parts))`. Returns nothing for a value that no header
 * can have.
 *
 * Most values are plain. Then the whole text is ASCII, since the other parts are encoded, a token or a hash, and crypto
 * can take the text as it is. The pieces between the values were made before.
 */
export function canonicalRequestHash(parts: SignedParts, { labels, ending }: NamesInRequest): string | undefined {
  const { method, canonicalUri, canonicalQuery, headers, bodyHash } = parts;
  const { values } = headers;
  let text = method + '\n' + canonicalUri + '\n' + canonicalQuery;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!PLAIN.test(value)) return hashByTheRule(parts);
    text += labels[at]! + value;
  }
  return hash('sha256', text + ending + bodyHash);
}

function hashByTheRule(parts: SignedParts): string | undefined {
  const text = canonicalRequestOf(parts);
  return text === undefined ? undefined : sha256Hex(text);
}
