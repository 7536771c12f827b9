import { Buffer } from 'node:buffer';
import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { stringToSign } from './canonical-request.js';

/**
 * Lower-case hex sha256 of bytes, or of wire text (one character for each byte).
 *
 * @category Parts of the signature
 */
export function sha256Hex(data: Uint8Array | string): string {
  return hash('sha256', typeof data === 'string' ? asBytes(data) : data);
}

/** The hash of no bytes: the body hash of a request without a body. */
export const EMPTY_HASH = sha256Hex('');

/**
 * The signature of a canonical request (wire text) under a secret: lower-case hex, with no key derivation.
 *
 * @category Parts of the signature
 */
export function computeSignature(secret: string, sdkDate: string, canonicalRequest: string): string {
  const text = stringToSign(sdkDate, sha256Hex(canonicalRequest));
  return createHmac('sha256', secret).update(text, 'latin1').digest('hex');
}

/**
 * Whether two signatures, or any two texts, are the same. The time that this takes does not depend on where they differ.
 *
 * @category Parts of the signature
 */
export function signaturesEqual(a: string, b: string): boolean {
  // The bytes are the low halves of the characters. Texts that differ only in the high halves are no signatures.
  return a.length === b.length && timingSafeEqual(asBytes(a), asBytes(b)) && a === b;
}

function asBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
