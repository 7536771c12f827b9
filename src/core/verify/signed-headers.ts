import { hasForeignCharset, mediaTypeOf } from './content-type.js';
import type { ReadAuthorization } from '../fast/authorization-cache.js';
import { ownText } from '../scheme/own-text.js';
import type { HeaderValue, RawHeaders } from '../scheme/raw-headers.js';
import type { SignedHeaders } from '../scheme/signed-headers.js';
import { refusalOf, type Refusal } from '../refusal.js';
import type { ReceivedRequest } from './received-request.js';
import type { ResolvedPolicy } from './verifier.options.js';

/** The signed headers, and the values that the checks ask for. */
export interface ReadHeaders extends SignedHeaders {
  /** Not set: `x-sdk-date` is not signed. */
  readonly date: string | undefined;
  /** Not set: no signed header declares the body's hash. */
  readonly declaredHash: string | undefined;
  /** The Content-Type, signed or not. Not set: the request has none. */
  readonly contentType: HeaderValue | undefined;
  readonly isContentTypeSigned: boolean;
}

/** The headers of a request, or why the signed ones cannot be what was signed (rows 4 and 4b of docs/spec.md). */
export function checkSignedHeaders(
  headers: RawHeaders,
  { signedHeaders, names }: ReadAuthorization,
): ReadHeaders | Refusal {
  const { wanted, dateAt, declaredHashAt, contentTypeAt } = names;
  const found = wanted.valuesIn(headers);
  let repeated: string | undefined;
  for (let at = 0; at < signedHeaders.length; at++) {
    const value = found[at];
    if (value === undefined) return refusalOf('SIGNED_HEADER_MISSING', { name: ownText(signedHeaders[at]!) });
    if (typeof value !== 'string') repeated ??= signedHeaders[at];
  }
  if (repeated !== undefined) return refusalOf('SIGNED_HEADER_REPEATED', { name: ownText(repeated) });
  const contentType = found[contentTypeAt];
  // Each of these came once. An unsigned Content-Type follows them.
  const values = found as string[];
  const date = dateAt < 0 ? undefined : values[dateAt];
  const declaredHash = declaredHashAt < 0 ? undefined : values[declaredHashAt];
  const isContentTypeSigned = contentTypeAt < signedHeaders.length;
  return { names: signedHeaders, values, date, declaredHash, contentType, isContentTypeSigned };
}

/**
 * The refusal because of a header that must be signed and is not (row 4c of docs/spec.md). Returns nothing if there is
 * no such header.
 */
export function unsignedHeaderRefusal(
  request: ReceivedRequest,
  headers: ReadHeaders,
  policy: ResolvedPolicy,
): Refusal | undefined {
  const name = unsignedHeader(request, headers, policy);
  return name === undefined ? undefined : refusalOf('HEADER_NOT_SIGNED', { name });
}

/**
 * Whether `contentTypes` asks for a Content-Type, and the request has none. Such a request passes only without a body.
 * If the headers do not tell whether it has one, the body's hash does.
 */
export function isUntyped({ contentType }: ReadHeaders, { contentTypes }: ResolvedPolicy): boolean {
  return contentTypes !== undefined && contentType === undefined;
}

function unsignedHeader(
  { headers, hasBody }: ReceivedRequest,
  read: ReadHeaders,
  policy: ResolvedPolicy,
): string | undefined {
  const { names: signed, contentType } = read;
  for (const name of policy.requiredSignedHeaders) if (!signed.includes(name)) return name;
  for (const name of policy.signedIfPresent) {
    if (!signed.includes(name) && headers.get(name) !== undefined) return name;
  }
  if (hasBody && isUntyped(read, policy)) return 'content-type';
  if (contentType !== undefined && !read.isContentTypeSigned && isRefusedType(contentType, policy)) {
    return 'content-type';
  }
  if (policy.contentTypes === undefined || signed.includes('content-encoding')) return undefined;
  const isEncoded = [headers.get('content-encoding') ?? []].flat().some((encoding) => !/^identity$/i.test(encoding));
  return isEncoded ? 'content-encoding' : undefined;
}

function isRefusedType(contentType: HeaderValue, policy: ResolvedPolicy): boolean {
  if (typeof contentType !== 'string') return contentType.some((each) => isRefusedType(each, policy));
  const { contentTypes } = policy;
  return (
    hasForeignCharset(contentType) || (contentTypes !== undefined && !contentTypes.includes(mediaTypeOf(contentType)))
  );
}
