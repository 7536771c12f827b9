import { hash, timingSafeEqual } from 'node:crypto';
import { stringToSign } from './canonical-request.js';
import { Hmac } from '../fast/hmac.js';
import { writeLatin1 } from '../fast/latin1.js';

const SIGNATURE = 64;
/** Of two signatures, one behind the other. Made once: nothing waits between their writing and their comparison. */
const BOTH = Buffer.alloc(2 * SIGNATURE);
const FIRST = BOTH.subarray(0, SIGNATURE);
const SECOND = BOTH.subarray(SIGNATURE);

/** Lower-case hex sha256 of bytes, or of wire text (one character for each byte). */
export function sha256Hex(data: Uint8Array | string): string {
  return hash('sha256', typeof data === 'string' && !isAscii(data) ? asBytes(data) : data);
}

/** The signature of a canonical request (wire text) under a secret: lower-case hex, with no key derivation. */
export function computeSignature(secret: string, sdkDate: string, canonicalRequest: string): string {
  return new Hmac(secret).hex(stringToSign(sdkDate, sha256Hex(canonicalRequest)));
}

/** Whether two signatures are the same; how long that takes does not depend on where they differ. */
export function signaturesEqual(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  if (a.length !== SIGNATURE) return timingSafeEqual(asBytes(a), asBytes(b));
  writeLatin1(BOTH, a + b, 0);
  return timingSafeEqual(FIRST, SECOND);
}

function asBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** Whether crypto may be given the text itself, which it writes as UTF-8: wrong for header bytes above 0x7F. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text, 'utf8') === text.length;
}
