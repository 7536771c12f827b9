import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { stringToSign } from './canonical-request.js';

/** Lower-case hex sha256 of bytes, or of wire text (one character for each byte). */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(asBytes(data)).digest('hex');
}

/** The signature of a canonical request (wire text) under a secret: lower-case hex, with no key derivation. */
export function computeSignature(secret: string, sdkDate: string, canonicalRequest: string): string {
  return hmacHex(secret, stringToSign(sdkDate, sha256Hex(canonicalRequest)));
}

/** Whether two signatures are the same; how long that takes does not depend on where they differ. */
export function signaturesEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(asBytes(a), asBytes(b));
}

function hmacHex(secret: string, data: string): string {
  return createHmac('sha256', secret).update(asBytes(data)).digest('hex');
}

function asBytes(data: Uint8Array | string): Uint8Array {
  // Not crypto's own string handling: that writes UTF-8, which is wrong for header bytes above 0x7F.
  return typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
}
