import { ALGORITHM } from './canonical-request.js';
import { HTTP_TOKEN, sortNames } from './wire-request.js';

/**
 * What an Authorization header says; nothing in it is proved yet.
 *
 * @category Parts of the signature
 */
export interface Authorization {
  /** The name of the signing key. */
  readonly key: string;
  /** Lower-case, sorted, each once. */
  readonly signedHeaders: readonly string[];
  /** Letters, digits and `_`: 64 hex digits, lower-case, where a signer of this scheme made it. */
  readonly signature: string;
}

// Anchored at both ends (row 2 of docs/spec.md): unanchored it takes quadratic time, and lets anything stand around it.
const FORM = /^SDK-HMAC-SHA256\s+Access=([^,]+),\s?SignedHeaders=([^,]+),\s?Signature=(\w+)$/;

/**
 * Reads an Authorization header's value (row 2 of docs/spec.md). Returns nothing for another form.
 *
 * @category Parts of the signature
 */
export function parseAuthorization(value: string): Authorization | undefined {
  const match = FORM.exec(value);
  if (!match) return undefined;
  const [, key, names, signature] = match as unknown as [string, string, string, string];
  const listed = names.split(';');
  if (!listed.every((name) => HTTP_TOKEN.test(name))) return undefined;
  const signedHeaders = sortNames(listed);
  if (new Set(signedHeaders).size !== signedHeaders.length) return undefined;
  return { key, signedHeaders, signature };
}

/**
 * Writes an Authorization header's value.
 *
 * @param authorization - What the value says.
 * @category Parts of the signature
 */
export function formatAuthorization({ key, signedHeaders, signature }: Authorization): string {
  return `${ALGORITHM} Access=${key}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
}
