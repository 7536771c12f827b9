import { hasForeignCharset, mediaTypeOf } from './content-type.js';
import type { HeaderNames } from '../fast/header-names.js';
import type { HeaderValue, RawHeaders } from '../scheme/raw-headers.js';
import type { SignedHeaders } from '../scheme/signed-headers.js';
import { refusalOf, type Refusal } from '../refusal.js';
import type { ReceivedRequest } from './received-request.js';
import type { ResolvedPolicy } from './verifier.options.js';

/** The signed headers, or why they cannot be what was signed (rows 4 and 4b of docs/spec.md). */
export function readSignedHeaders(headers: RawHeaders, signed: HeaderNames): SignedHeaders | Refusal {
  const names = signed.list;
  const values: string[] = [];
  let repeated: string | undefined;
  for (const [at, value] of signed.valuesIn(headers).entries()) {
    if (value === undefined) return refusalOf('SIGNED_HEADER_MISSING', { name: names[at]! });
    if (typeof value === 'string') values.push(value);
    else repeated ??= names[at];
  }
  return repeated === undefined ? { names, values } : refusalOf('SIGNED_HEADER_REPEATED', { name: repeated });
}

/** Why a header that is not signed should have been (row 4c of docs/spec.md); nothing if all are that must be. */
export function unsignedHeaderRefusal(
  request: ReceivedRequest,
  signedHeaders: readonly string[],
  policy: ResolvedPolicy,
): Refusal | undefined {
  const name = unsignedHeader(request, signedHeaders, policy);
  return name === undefined ? undefined : refusalOf('HEADER_NOT_SIGNED', { name });
}

/**
 * Whether `contentTypes` asks for a Content-Type, and there is none. Such a request passes only without a body; where
 * the headers do not tell, the body's hash does.
 */
export function isUntyped({ headers }: ReceivedRequest, { contentTypes }: ResolvedPolicy): boolean {
  return contentTypes !== undefined && headers.get('content-type') === undefined;
}

function unsignedHeader(
  request: ReceivedRequest,
  signed: readonly string[],
  policy: ResolvedPolicy,
): string | undefined {
  const { headers, hasBody } = request;
  for (const name of policy.requiredSignedHeaders) if (!signed.includes(name)) return name;
  for (const name of policy.signedIfPresent) {
    if (!signed.includes(name) && headers.get(name) !== undefined) return name;
  }
  if (!signed.includes('content-type')) {
    const types = valuesOf(headers.get('content-type'));
    if (types.some(hasForeignCharset) || !types.every((type) => isAllowed(type, policy))) return 'content-type';
    if (hasBody && isUntyped(request, policy)) return 'content-type';
  }
  if (policy.contentTypes === undefined || signed.includes('content-encoding')) return undefined;
  const isEncoded = valuesOf(headers.get('content-encoding')).some((encoding) => !/^identity$/i.test(encoding));
  return isEncoded ? 'content-encoding' : undefined;
}

function isAllowed(contentType: string, { contentTypes }: ResolvedPolicy): boolean {
  return contentTypes === undefined || contentTypes.includes(mediaTypeOf(contentType));
}

function valuesOf(value: HeaderValue | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? []);
}
