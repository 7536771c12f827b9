import { hasForeignCharset } from './content-type.js';
import type { HeaderNames } from '../fast/header-names.js';
import type { RawHeaders } from '../scheme/raw-headers.js';
import type { SignedHeaders } from '../scheme/signed-headers.js';
import { refusalOf, type Refusal } from '../refusal.js';
import type { ResolvedPolicy } from './verifier.options.js';

/** The signed headers, or why they cannot be what was signed (SPEC rows 4 and 4b). */
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

/** Why a header that is not signed should have been (SPEC row 4c); nothing if all are that must be. */
export function unsignedHeaderRefusal(
  headers: RawHeaders,
  signedHeaders: readonly string[],
  policy: ResolvedPolicy,
): Refusal | undefined {
  const name = unsignedHeader(headers, signedHeaders, policy);
  return name === undefined ? undefined : refusalOf('HEADER_NOT_SIGNED', { name });
}

function unsignedHeader(headers: RawHeaders, signed: readonly string[], policy: ResolvedPolicy): string | undefined {
  for (const name of policy.requiredSignedHeaders) if (!signed.includes(name)) return name;
  for (const name of policy.signedIfPresent) {
    if (!signed.includes(name) && headers.get(name) !== undefined) return name;
  }
  if (signed.includes('content-type')) return undefined;
  const type = headers.get('content-type') ?? '';
  const isForeign = typeof type === 'string' ? hasForeignCharset(type) : type.some(hasForeignCharset);
  return isForeign ? 'content-type' : undefined;
}
