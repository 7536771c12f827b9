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
  return headers.find(([name]) => name === wanted)?.[1];
}

/** Why a header that is not signed should have been (SPEC row 4c); nothing if all are that must be. */
export function unsignedHeaderRefusal(
  headers: HeaderIndex,
  signedHeaders: readonly string[],
  policy: ResolvedPolicy,
): Refusal | undefined {
  const isUnsigned = (name: string) => !signedHeaders.includes(name);
  const unsigned =
    policy.requiredSignedHeaders.find(isUnsigned) ??
    policy.signedIfPresent.find((name) => isUnsigned(name) && headers.has(name)) ??
    ['content-type'].find((name) => isUnsigned(name) && headers.get(name)?.some(hasForeignCharset));
  return unsigned === undefined ? undefined : refusalOf('HEADER_NOT_SIGNED', { name: unsigned });
}
