import { Buffer } from 'node:buffer';
import type { PlusInQuery } from '../scheme/canonical-request.js';

const SPACE = 0x20;
const PERCENT = 0x25;
const AMPERSAND = 0x26;
const PLUS = 0x2b;
const EQUALS = 0x3d;

const HEX = Buffer.from('0123456789ABCDEF');
/** For each byte 1 if a canonical query has it as it is, and 0 if it has an escape for it. */
const IS_UNRESERVED = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9\-_.~]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/** Room for what a query becomes that fits into the headers Node takes. Longer ones get some of their own. */
const ROOM = Buffer.alloc(roomFor(16_384));

/**
 * The query that begins at `from` with each of its pieces written as a canonical query has it, `name=value`, in the
 * order they came: `canonicalQuery(queryPairs(query))`, but for the order. Empty pieces are dropped. Returns nothing
 * for what cannot be read in one way: a bad escape, a character beyond one byte, a value without a name, more than
 * `most` pieces.
 *
 * One pass over the target itself, and no text in between: a text made of other texts would be put together first, for
 * every character that is asked of it.
 */
export function recodeQuery(target: string, from: number, plus: PlusInQuery, most: number): string | undefined {
  const query = target.length - from <= 16_384 ? ROOM : Buffer.alloc(roomFor(target.length - from));
  let length = 0;
  let start = 0; // of the piece
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

/** Each character may become an escape, and each piece may get a `=`, for which its `&` leaves room. */
function roomFor(length: number): number {
  return 3 * (length + 1);
}

/** Orders recoded pieces by the bytes that name and then value stand for. */
export function byDecodedBytes(a: string, b: string): number {
  const at = firstDifference(a, b);
  // Where two escapes differ in a digit, the digits are in the order of the bytes.
  return decodedRank(a, at) - decodedRank(b, at);
}

/** Orders recoded pieces by name and then by value as they are written. */
export function byEncodedBytes(a: string, b: string): number {
  const at = firstDifference(a, b);
  return encodedRank(a, at) - encodedRank(b, at);
}

/** Orders recoded pieces by the UTF-16 units of the texts that name and then value stand for. */
export function byUtf16Units(a: string, b: string): number {
  const at = firstDifference(a, b);
  const start = a.charCodeAt(at - 1) === PERCENT ? at - 1 : at;
  return utf16Rank(a, start) - utf16Rank(b, start);
}

/** Whether `byUtf16Units` and `byDecodedBytes` may differ on a query's pieces: only characters above U+FFFF tell. */
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

/** As UTF-16 has it, the bytes EE and EF, with which U+E000 to U+FFFF begin, come after those of U+10000 and above. */
function utf16Rank(piece: string, at: number): number {
  const rank = decodedRank(piece, at);
  return rank === 0xee || rank === 0xef ? 0x100 + rank : rank;
}

/** The ends of a name and of a value come before whatever may be in them. */
function encodedRank(piece: string, at: number): number {
  return at === piece.length || piece.charCodeAt(at) === EQUALS ? -1 : piece.charCodeAt(at);
}

/** The byte of the escape at a place; less than 0 for a bad escape. */
function byteOf(text: string, at: number): number {
  const [high, low] = [hexDigit(text.charCodeAt(at + 1)), hexDigit(text.charCodeAt(at + 2))];
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** The value of a hex digit's character code; -1 for any other, and for NaN, where a text has ended. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x41 + 10;
  if (code >= 0x61 && code <= 0x66) return code - 0x61 + 10;
  return -1;
}
