import { canonicalHeaders, canonicalRequest } from './canonical-request.js';
import { X_SDK_CONTENT_SHA256 } from './names.js';

/** The signed headers: names in the order in which they are signed, and one trimmed value for each. */
export interface SignedHeaders {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** The parts of a request that the signature covers. */
export interface SignedParts {
  /** The method, in capitals. */
  readonly method: string;
  readonly canonicalUri: string;
  readonly canonicalQuery: string;
  readonly headers: SignedHeaders;
  readonly bodyHash: string;
}

/**
 * The body hash that a signed header declares. Returns nothing if there is none. Then the sha256 of the body is signed.
 */
export function declaredBodyHash({ names, values }: SignedHeaders): string | undefined {
  return values[names.indexOf(X_SDK_CONTENT_SHA256)];
}

/** The canonical request of these parts. Returns nothing for a value that no header can have. */
export function canonicalRequestOf({ headers, ...parts }: SignedParts): string | undefined {
  const { names, values } = headers;
  const block = canonicalHeaders(names.map((name, at) => [name, values[at]!]));
  return block === undefined
    ? undefined
    : canonicalRequest({ ...parts, canonicalHeaders: block, signedHeaders: names });
}
