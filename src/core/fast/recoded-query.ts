import { Buffer } from 'node:buffer';
import type { PlusInQuery } from '../scheme/canonical-request.js';

const SPACE = 0x20;
const PERCENT = 0x25;
const AMPERSAND = 0x26;
const PLUS = 0x2b;
const EQUALS = 0x3d;

const HEX = Buffer.from('0123456789ABCDEF');
/** For each byte: 1 if a canonical query has the byte as it is, and 0 if it has an escape for the byte. */
const IS_UNRESERVED = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9\-_.~]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Room for a recoded query of the length that Node's headers allow. A longer query gets room of its own. */
const ROOM = Buffer.alloc(roomFor(16_384));

/**
 * The query that begins at `from`, with each piece written as in a canonical query: `name=value`. It is the same as
 * `canonicalQuery(queryPairs(query))`, except that the pieces stay in their order. Empty pieces are dropped. Returns
 * nothing for a query that can be read in several ways, or in none. Such a query has a bad escape, a character beyond
 * one byte, a value without a name, or more than `most` pieces.
 *
 * It goes over the target in one pass, and makes no text in between. V8 joins a text that is made of other texts before
 * it gives a character of it.
 */
export function recodeQuery(target: string, from: number, plus: PlusInQuery, most: number): string | undefined {
  const query = target.length - from <= 16_384 ? ROOM : Buffer.alloc(roomFor(target.length - from));
  let length = 0;
  let start = 0; // where the piece starts
  let hasValue = false;
  let pieces = 0;
  for (let at = from; at <= target.length; at++) {
    const code = at < target.length ? target.charCodeAt(at) : AMPERSAND;
    if (IS_UNRESERVED[code] === 1) {
      query[length++] = code;
    } else if (code === AMPERSAND) {
      if (++pieces > most || (hasValue && query[start] === EQUALS && length > start + 1)) return undefined;
      if (length === start) continue;
      if (!hasValue) query[length++] = EQUALS;
      query[length++] = AMPERSAND;
      start = length;
      hasValue = false;
    } else if (code === EQUALS && !hasValue) {
      query[length++] = EQUALS;
      hasValue = true;
    } else {
      const byte = code === PERCENT ? byteOf(target, at) : code === PLUS && plus === 'space' ? SPACE : code;
      if (byte < 0 || byte > 0xff) return undefined;
      if (code === PERCENT) at += 2;
      if (IS_UNRESERVED[byte] === 1) {
        query[length++] = byte;
      } else {
        query[length++] = PERCENT;
        query[length++] = HEX[byte >> 4]!;
        query[length++] = HEX[byte & 0xf]!;
      }
    }
  }
  return length === 0 ? '' : query.toString('latin1', 0, length - 1);
}

/** Each character may become an escape. Each piece may get a `=`, and its `&` leaves room for that. */
function roomFor(length: number): number {
  return 3 * (length + 1);
}

/** Orders recoded pieces by the decoded bytes: by name, then by value. */
export function byDecodedBytes(a: string, b: string): number {
  const at = firstDifference(a, b);
  // If two escapes differ in a digit, the order of the digits is the order of the bytes.
  return decodedRank(a, at) - decodedRank(b, at);
}

/** Orders recoded pieces by the encoded bytes: by name, then by value. */
export function byEncodedBytes(a: string, b: string): number {
  const at = firstDifference(a, b);
  return encodedRank(a, at) - encodedRank(b, at);
}

/** Orders recoded pieces by the UTF-16 units of the decoded texts: by name, then by value. */
export function byUtf16Units(a: string, b: string): number {
  const at = firstDifference(a, b);
  const start = a.charCodeAt(at - 1) === PERCENT ? at - 1 : at;
  return utf16Rank(a, start) - utf16Rank(b, start);
}

/**
 * Whether `byUtf16Units` and `byDecodedBytes` may order a query's pieces differently. Only characters above U+FFFF
 * cause that.
 */
export function mayDifferInUtf16(query: string): boolean {
  return query.includes('%F') && query.includes('%E');
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

function decodedRank(piece: string, at: number): number {
  return piece.charCodeAt(at) === PERCENT ? byteOf(piece, at) : encodedRank(piece, at);
}

/** In UTF-16, the characters U+E000 to U+FFFF come after U+10000 and above. Their first byte is EE or EF. */
function utf16Rank(piece: string, at: number): number {
  const rank = decodedRank(piece, at);
  return rank === 0xee || rank === 0xef ? 0x100 + rank : rank;
}

/** The end of a name or of a value comes before every character of it. */
function encodedRank(piece: string, at: number): number {
  return at === piece.length || piece.charCodeAt(at) === EQUALS ? -1 : piece.charCodeAt(at);
}

/** The byte of the escape at a position. Less than 0: a bad escape. */
function byteOf(text: string, at: number): number {
  const [high, low] = [hexDigit(text.charCodeAt(at + 1)), hexDigit(text.charCodeAt(at + 2))];
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** The value of a hex digit, by its character code. -1: another character, or NaN at the end of the text. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x41 + 10;
  if (code >= 0x61 && code <= 0x66) return code - 0x61 + 10;
  return -1;
}
