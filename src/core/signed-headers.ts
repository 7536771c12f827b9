import type { HeaderPair } from './canonical-request.js';
import { hasForeignCharset } from './content-type.js';
import { refusalOf, type Refusal } from './refusal.js';
import type { ResolvedPolicy } from './verifier.options.js';
import type { HeaderIndex } from './wire-request.js';

/** The signed headers, sorted by name, each with the value of the one line that it came on. */
export type SignedHeaders = readonly HeaderPair[];

/** The signed headers, or why they cannot be what was signed (SPEC rows 4 and 4b). */
export function readSignedHeaders(headers: HeaderIndex, names: readonly string[]): SignedHeaders | Refusal {
  const pairs: HeaderPair[] = [];
  let repeated: string | undefined;
  for (const name of names) {
    const values = headers.get(name);
    if (!values) return refusalOf('SIGNED_HEADER_MISSING', { name });
    if (values.length > 1) repeated ??= name;
    pairs.push([name, values[0]!]);
  }
  return repeated === undefined ? pairs : refusalOf('SIGNED_HEADER_REPEATED', { name: repeated });
}

/** The value of a header; nothing if it is not signed. */
export function signedValue(headers: SignedHeaders, wanted: string): string | undefined {
  for (const header of headers) if (header[0] === wanted) return header[1];
  return undefined;
}

/** Why a header that is not signed should have been (SPEC row 4c); nothing if all are that must be. */
export function unsignedHeaderRefusal(
  headers: HeaderIndex,
  signedHeaders: readonly string[],
  policy: ResolvedPolicy,
): Refusal | undefined {
  const name = unsignedHeader(headers, signedHeaders, policy);
  return name === undefined ? undefined : refusalOf('HEADER_NOT_SIGNED', { name });
}

function unsignedHeader(headers: HeaderIndex, signed: readonly string[], policy: ResolvedPolicy): string | undefined {
  for (const name of policy.requiredSignedHeaders) if (!signed.includes(name)) return name;
  for (const name of policy.signedIfPresent) if (!signed.includes(name) && headers.has(name)) return name;
  if (signed.includes('content-type')) return undefined;
  return headers.get('content-type')?.some(hasForeignCharset) ? 'content-type' : undefined;
}
