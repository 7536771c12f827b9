import {
  canonicalQuery,
  canonicalUri,
  queryPairs,
  splitTarget,
  type CanonicalRequestParts,
  type PlusInQuery,
} from './canonical-request.js';
import { X_SDK_CONTENT_SHA256 } from './names.js';
import { canonicalHeadersOf, type SignedHeaders } from './signed-headers.js';
import type { WireRequest } from './wire-request.js';

/** The six parts, with the names of the signed headers as a list. */
export interface CanonicalParts extends CanonicalRequestParts {
  readonly signedHeaders: readonly string[];
}

/** A part that cannot be made: of a bad percent escape, or of a value that no header can have. */
export type UnreadablePart = 'canonicalUri' | 'canonicalQuery' | 'canonicalHeaders';

/**
 * The six parts of a request, or the name of the first one that cannot be made. The body hash is that which a signed
 * header declares. `hashBody` gives the sha256 of the body, and is only asked for it without such a header.
 */
export function canonicalPartsOf(
  { method, target }: Pick<WireRequest, 'method' | 'target'>,
  headers: SignedHeaders,
  hashBody: () => string,
  plusInQuery?: PlusInQuery,
): CanonicalParts | UnreadablePart {
  const [path, query] = splitTarget(target);
  const uri = canonicalUri(path);
  if (uri === undefined) return 'canonicalUri';
  const pairs = queryPairs(query, plusInQuery);
  if (pairs === undefined) return 'canonicalQuery';
  const block = canonicalHeadersOf(headers);
  if (block === undefined) return 'canonicalHeaders';
  const { names, values } = headers;
  return {
    method: method.toUpperCase(),
    canonicalUri: uri,
    canonicalQuery: canonicalQuery(pairs),
    canonicalHeaders: block,
    signedHeaders: names,
    bodyHash: values[names.indexOf(X_SDK_CONTENT_SHA256)] ?? hashBody(),
  };
}
