import { ALGORITHM } from './canonical-request.js';
import { HTTP_TOKEN, sortNames } from './wire-request.js';

/**
 * The content of an Authorization header. Nothing in it is proved.
 *
 * @category Parts of the signature
 */
export interface Authorization {
  /** The name of the signing key. */
  readonly key: string;
  /** The names of the signed headers: lower-case, sorted, each once. */
  readonly signedHeaders: readonly string[];
  /** Letters, digits and `_`. Signers of this scheme write 64 lower-case hex digits. */
  readonly signature: string;
}

// Anchored at both ends (row 2 of docs/spec.md). Otherwise it takes quadratic time, and accepts other text around it.
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
