import type { PlusInQuery } from './canonical-request.js';

const UNRESERVED = /^[A-Za-z0-9\-_.~]*$/;
const SPACE = 0x20;
const PERCENT = 0x25;
const PLUS = 0x2b;

/** How each byte is written: as it is, or as an escape. */
const WRITTEN = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return UNRESERVED.test(char) ? char : '%' + byte.toString(16).toUpperCase().padStart(2, '0');
});

const IS_UNRESERVED = Uint8Array.from(WRITTEN, (written) => (written.length === 1 ? 1 : 0));

/**
 * What `percentEncode(percentDecode(text))` gives, in one pass and without the decoded text. Returns nothing for what
 * cannot be decoded. `plus` says what a `+` is: a space, or a plus.
 */
export function recode(text: string, plus: PlusInQuery): string | undefined {
  if (UNRESERVED.test(text)) return text;
  let recoded = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (IS_UNRESERVED[code] === 1) continue;
    const written = WRITTEN[code === PERCENT ? byteOf(text, at) : code === PLUS && plus === 'space' ? SPACE : code];
    if (written === undefined) return undefined;
    recoded += text.slice(from, at) + written;
    if (code === PERCENT) at += 2;
    from = at + 1;
  }
  return recoded + text.slice(from);
}

/** Orders recoded texts by the bytes that they stand for. */
export function byRecodedBytes(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  // Where two escapes differ in a digit, the digits are in the order of the bytes.
  return rankAt(a, at) - rankAt(b, at);
}

function rankAt(text: string, at: number): number {
  if (at === text.length) return -1;
  const code = text.charCodeAt(at);
  return code === PERCENT ? byteOf(text, at) : code;
}

/** The byte of the escape at a place; -1 if there is none. */
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
