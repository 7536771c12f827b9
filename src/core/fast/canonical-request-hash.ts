import { hash } from 'node:crypto';
import { canonicalHeaders, canonicalRequest } from '../scheme/canonical-request.js';
import type { CanonicalTarget } from './canonical-target.js';
import { HeaderNames } from './header-lines.js';
import { sha256Hex } from '../scheme/signature.js';
import type { SignedHeaders } from '../verify/signed-headers.js';

/** What the names of the signed headers, sorted, put into a canonical request, and what finds their lines. */
export interface NamesInRequest {
  readonly wanted: HeaderNames;
  /** The names joined by `;`. */
  readonly joined: string;
  /** For each a new line, the name and a colon. */
  readonly labels: readonly string[];
  /** What stands between the last header's value and the body's hash. */
  readonly ending: string;
}

/** The parts of a canonical request as a verification has them. */
export interface SignedParts {
  /** In capitals. */
  readonly method: string;
  readonly target: CanonicalTarget;
  readonly headers: SignedHeaders;
  readonly names: NamesInRequest;
  readonly bodyHash: string;
}

/** Text of ASCII that fits into a line. */
const PLAIN = /^[\t\x20-\x7e]*$/;

export function namesInRequest(signedHeaders: readonly string[]): NamesInRequest {
  const joined = signedHeaders.join(';');
  return {
    wanted: new HeaderNames(signedHeaders),
    joined,
    labels: signedHeaders.map((name) => `\n${name}:`),
    ending: `\n\n${joined}\n`,
  };
}

/**
 * The hash of the canonical request: `sha256Hex(canonicalRequest(parts))`. Returns nothing where a header's value fits
 * into none.
 *
 * Most values are plain. Then so is all of the text, as whatever else can be in it is encoded, a token or a hash: crypto
 * may be given it as it is. And it is made of half as many pieces, since those between the values were made before.
 */
export function canonicalRequestHash({ method, target, headers, names, bodyHash }: SignedParts): string | undefined {
  const { labels, ending } = names;
  const { values } = headers;
  let text = method + '\n' + target.canonicalUri + '\n' + target.canonicalQuery;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!PLAIN.test(value)) return hashByTheRule({ method, target, headers, names, bodyHash });
    text += labels[at]! + value;
  }
  return hash('sha256', text + ending + bodyHash);
}

function hashByTheRule({ method, target, headers, names, bodyHash }: SignedParts): string | undefined {
  const lines = canonicalHeaders(headers.names.map((name, at) => [name, headers.values[at]!]));
  if (lines === undefined) return undefined;
  const { canonicalUri, canonicalQuery } = target;
  const parts = {
    method,
    canonicalUri,
    canonicalQuery,
    canonicalHeaders: lines,
    signedHeaders: names.joined,
    bodyHash,
  };
  return sha256Hex(canonicalRequest(parts));
}
