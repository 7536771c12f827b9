import { expect } from 'vitest';
import type { RefusalCode, RefusedRequest } from '../../src/core/index.js';

/** docs/spec.md, Checks, written out once more: what a caller is told, to the letter. */
const MESSAGES: Partial<Record<RefusalCode, (name: string) => string>> = {
  AUTHORIZATION_MISSING: () => 'Authorization not found.',
  AUTHORIZATION_MALFORMED: () => 'Authorization format incorrect.',
  KEY_UNKNOWN: () => 'Signing key not found.',
  SIGNED_HEADER_MISSING: (name) => `Signed header ${name} not found`,
  SIGNED_HEADER_REPEATED: (name) => `Signed header ${name} came more than once.`,
  HEADER_NOT_SIGNED: (name) => `Header ${name} must be signed.`,
  DATE_MISSING: () => 'Header x-sdk-date not found.',
  DATE_MALFORMED: () => 'Header x-sdk-date must be a date of the form YYYYMMDDTHHMMSSZ.',
  SIGNATURE_EXPIRED: () => 'Signature expired.',
  TARGET_AMBIGUOUS: () => 'Request target can be read in more than one way.',
  SIGNATURE_MISMATCH: () => 'Verify authroization failed.',
  BODY_HASH_MISMATCH: () => 'Header x-sdk-content-sha256 is not the hash of the body.',
  UNSIGNED_PAYLOAD: () => 'The body must be signed.',
  REPLAYED: () => 'Signature was seen before.',
};

/** The verdict of a refusal with status 401. `name` is the header that its message names. */
export function refused(code: RefusalCode, name = '', reason?: string): RefusedRequest {
  const message = MESSAGES[code];
  if (!message) throw new Error(`${code} is not a refusal with status 401`);
  const refusal = { code, message: message(name), status: 401 };
  if (code !== 'TARGET_AMBIGUOUS') return { ok: false, refusal };
  return { ok: false, refusal: { ...refusal, reason: reason ?? (expect.any(String) as string) } };
}
