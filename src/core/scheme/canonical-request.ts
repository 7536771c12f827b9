/**
 * The canonical texts that a signature is made of (docs/spec.md, Signing).
 *
 * This file imports nothing, so that a browser can load it as it is. All text in here is wire text: one character for
 * each byte (latin-1), as Node shows request targets and header values. Then `<` compares bytes.
 */

/**
 * How `+` in a query is read: as a space (Express, Fastify, Java, Go) or as a plus (Python and JavaScript signers).
 *
 * @category Set up
 */
export type PlusInQuery = 'space' | 'literal';

/**
 * What query pairs are sorted by. `decoded`: the bytes of the decoded texts (Python, Go). `encoded`: the encoded texts
 * (Java, C++). `utf-16`: the UTF-16 units of the decoded texts (JavaScript, C#).
 *
 * @category Parts of the signature
 */
export type QueryOrder = 'decoded' | 'encoded' | 'utf-16';

/**
 * A decoded name and its decoded value.
 *
 * @category Parts of the signature
 */
export type QueryPair = readonly [name: string, value: string];

/**
 * A header's lower-case name and its value.
 *
 * @category Parts of the signature
 */
export type HeaderPair = readonly [name: string, value: string];

/**
 * The six parts of a canonical request, each in its canonical form.
 *
 * @category Parts of the signature
 */
export interface CanonicalRequestParts {
  /** The method, in capitals. */
  readonly method: string;
  /** The result of {@link canonicalUri}. */
  readonly canonicalUri: string;
  /** The result of {@link canonicalQuery}. */
  readonly canonicalQuery: string;
  /** The result of {@link canonicalHeaders}. */
  readonly canonicalHeaders: string;
  /** Lower-case names, sorted: a list, or a text in which they are joined by `;`. */
  readonly signedHeaders: readonly string[] | string;
  /** Lower-case hex sha256 of the body's bytes, or the value of a signed `x-sdk-content-sha256`. */
  readonly bodyHash: string;
}

/**
 * The name of the scheme: first word of the Authorization header and first line of the string to sign.
 *
 * @category Parts of the signature
 */
export const ALGORITHM = 'SDK-HMAC-SHA256';

const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
const NOT_BYTES = /[^\0-\xff]/;
/** A line break, or a character beyond one byte. */
const UNFIT_FOR_HEADER = /[^\0-\x09\x0b\x0c\x0e-\xff]/;
const ENCODED = Array.from({ length: 256 }, (_, byte) => '%' + byte.toString(16).toUpperCase().padStart(2, '0'));

/**
 * Decodes each `%XY` once. Returns nothing for an escape that is not two hex digits, or a character beyond one byte.
 */
export function percentDecode(text: string): string | undefined {
  if (BAD_ESCAPE.test(text) || NOT_BYTES.test(text)) return undefined;
  return text.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/** Encodes every byte except `A-Z a-z 0-9 - _ . ~` as upper-case `%XY`. */
export function percentEncode(bytes: string): string {
  return bytes.replace(/[^A-Za-z0-9\-_.~]/g, (byte) => ENCODED[byte.charCodeAt(0)]!);
}

/**
 * The path of a request target, and its query without the `?`. The query is empty if there is none.
 *
 * @category Parts of the signature
 */
export function splitTarget(target: string): readonly [path: string, query: string] {
  const mark = target.indexOf('?');
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

/**
 * The path decoded once and encoded again, segment by segment, with a slash at its end. Returns nothing for a bad
 * escape, or for a character beyond one byte.
 *
 * @category Parts of the signature
 */
export function canonicalUri(path: string): string | undefined {
  const decoded = percentDecode(path);
  if (decoded === undefined) return undefined;
  const encoded = decoded.split('/').map(percentEncode).join('/');
  return encoded.endsWith('/') ? encoded : encoded + '/';
}

/**
 * The query's decoded pairs in the order in which they came, without empty pieces. `plusInQuery` says how `+` is read.
 * Default: `'space'`. Returns nothing for a bad escape, or for a character beyond one byte.
 *
 * @category Parts of the signature
 */
export function queryPairs(query: string, plusInQuery: PlusInQuery = 'space'): QueryPair[] | undefined {
  const pairs: QueryPair[] = [];
  for (const piece of query.split('&')) {
    if (piece === '') continue;
    const text = plusInQuery === 'space' ? piece.replaceAll('+', ' ') : piece;
    const equals = text.indexOf('=');
    const name = percentDecode(equals < 0 ? text : text.slice(0, equals));
    const value = equals < 0 ? '' : percentDecode(text.slice(equals + 1));
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

/**
 * The pairs encoded again and sorted by name, then by value: `name=value`, joined by `&`. `order` says what they are
 * sorted by. Default: `'decoded'`.
 *
 * @category Parts of the signature
 */
export function canonicalQuery(pairs: readonly QueryPair[], order: QueryOrder = 'decoded'): string {
  const rank = RANK[order];
  const byNameThenValue = (a: QueryPair, b: QueryPair) =>
    byBytes(rank(a[0]), rank(b[0])) || byBytes(rank(a[1]), rank(b[1]));
  const sorted = pairs.toSorted(byNameThenValue);
  return sorted.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&');
}

/** The text that is compared in place of a decoded text when texts are sorted. */
const RANK: Readonly<Record<QueryOrder, (text: string) => string>> = {
  decoded: (text) => text,
  encoded: percentEncode,
  // In UTF-16, U+E000 to U+FFFF (bytes EE and EF at the start) come after all other characters, even those above
  // U+FFFF.
  'utf-16': (text) => text.replace(/[\xee\xef]/g, (lead) => String.fromCharCode(0x100 + lead.charCodeAt(0))),
};

/**
 * `name:value` and a newline for each header. Give pairs that are sorted by name, and values without spaces and tabs at
 * their ends. Returns nothing for a value with a line break, because its second line would look like another header.
 * Returns nothing for a character beyond one byte, too.
 *
 * @category Parts of the signature
 */
export function canonicalHeaders(pairs: readonly HeaderPair[]): string | undefined {
  let text = '';
  for (const [name, value] of pairs) {
    if (UNFIT_FOR_HEADER.test(value)) return undefined;
    text += `${name}:${value}\n`;
  }
  return text;
}

/**
 * The six parts, joined by newlines. The headers end with a newline of their own, so a blank line follows them.
 *
 * @category Parts of the signature
 */
export function canonicalRequest(parts: CanonicalRequestParts): string {
  const { method, canonicalUri, canonicalQuery, canonicalHeaders, signedHeaders, bodyHash } = parts;
  const names = typeof signedHeaders === 'string' ? signedHeaders : signedHeaders.join(';');
  return `${method}\n${canonicalUri}\n${canonicalQuery}\n${canonicalHeaders}\n${names}\n${bodyHash}`;
}

/**
 * The text that the secret signs: the scheme, the X-Sdk-Date as sent, and the hex sha256 of the canonical request.
 *
 * @category Parts of the signature
 */
export function stringToSign(sdkDate: string, canonicalRequestHash: string): string {
  return `${ALGORITHM}\n${sdkDate}\n${canonicalRequestHash}`;
}

/**
 * A header value without spaces and tabs at its ends. It uses no `/[ \t]+$/`, which takes quadratic time on hostile
 * values.
 */
export function trimValue(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Orders text by its bytes. */
export function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
