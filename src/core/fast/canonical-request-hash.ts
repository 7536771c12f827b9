import { hash } from 'node:crypto';
import { canonicalRequest, type CanonicalRequestParts } from '../scheme/canonical-request.js';
import { CONTENT_TYPE, X_SDK_CONTENT_SHA256, X_SDK_DATE } from '../scheme/names.js';
import { sha256Hex } from '../scheme/signature.js';
import { canonicalHeadersOf, type SignedHeaders } from '../scheme/signed-headers.js';
import { HeaderNames } from './header-names.js';

/** What depends only on the names of the signed headers: where to look, and pieces of the canonical request. */
export interface NamesInRequest {
  /** The signed headers. Content-Type follows them if it is not signed. */
  readonly wanted: HeaderNames;
  /** The positions of headers in `wanted`. -1: the header is not signed. */
  readonly dateAt: number;
  readonly declaredHashAt: number;
  readonly contentTypeAt: number;
  /** A newline, the name and a colon for each header. */
  readonly labels: readonly string[];
  /** The text between the last header's value and the body's hash. */
  readonly ending: string;
}

/** The parts of a canonical request, with the signed headers before they are made a text. */
export interface PartsToHash extends Omit<CanonicalRequestParts, 'canonicalHeaders' | 'signedHeaders'> {
  readonly headers: SignedHeaders;
}

/** ASCII text that fits into a header. */
const PLAIN = /^[\t\x20-\x7e]*$/;

export function namesInRequest(signedHeaders: readonly string[]): NamesInRequest {
  const wanted = signedHeaders.includes(CONTENT_TYPE) ? signedHeaders : [...signedHeaders, CONTENT_TYPE];
  return {
    wanted: new HeaderNames(wanted),
    dateAt: wanted.indexOf(X_SDK_DATE),
    declaredHashAt: wanted.indexOf(X_SDK_CONTENT_SHA256),
    contentTypeAt: wanted.indexOf(CONTENT_TYPE),
    labels: signedHeaders.map((name) => `\n${name}:`),
    ending: `\n\n${signedHeaders.join(';')}\n`,
  };
}

/**
 * The hash of the canonical request that these parts make. Returns nothing for a value that no header can have.
 *
 * Most values are plain. Then the whole text is ASCII, because the other parts are encoded, a token or a hash. So
 * crypto can take the text as it is. The pieces between the values were made before.
 */
export function canonicalRequestHash(parts: PartsToHash, { labels, ending }: NamesInRequest): string | undefined {
  const { method, canonicalUri, canonicalQuery, headers, bodyHash } = parts;
  const { values } = headers;
  let text = method + '\n' + canonicalUri + '\n' + canonicalQuery;
  for (let at = 0; at < labels.length; at++) {
    const value = values[at]!;
    if (!PLAIN.test(value)) return hashByTheRule(parts);
    text += labels[at]! + value;
  }
  return hash('sha256', text + ending + bodyHash);
}

function hashByTheRule({ headers, ...parts }: PartsToHash): string | undefined {
  const block = canonicalHeadersOf(headers);
  if (block === undefined) return undefined;
  return sha256Hex(canonicalRequest({ ...parts, canonicalHeaders: block, signedHeaders: headers.names }));
}
