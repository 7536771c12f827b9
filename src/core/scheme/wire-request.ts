import { byBytes, canonicalHeaders, trimValue } from './canonical-request.js';

/**
 * A request as it came over the wire. Header values and target are as Node shows them: one character for each byte.
 *
 * @category Sign and verify
 */
export interface WireRequest {
  /** The method on the wire. */
  readonly method: string;
  /** The request target as received, undecoded: `/path?query`. */
  readonly target: string;
  /** Every header in its order, with its name in any case. A repeated header is there several times, not merged. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /**
   * The body's bytes before any decoding, or a function that gives their sha256. The function is called once at most,
   * and only if a verdict depends on the hash. Default: no body.
   */
  readonly body?: Uint8Array | BodyHashSource | undefined;
}

/**
 * Gives the lower-case hex sha256 of the whole body, or nothing if the whole body did not arrive. If it throws or
 * rejects, the body could not be captured: the request is refused with BODY_NOT_CAPTURED.
 *
 * @category Sign and verify
 */
export type BodyHashSource = () => string | undefined | Promise<string | undefined>;

/** The characters of a header name or a scheme (RFC 9110 section 5.6.2). */
export const HTTP_TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** The trimmed values of each header, by lower-case name. A repeated header has several values. */
export type HeaderIndex = Pick<ReadonlyMap<string, readonly string[]>, 'get' | 'has'>;

/** Indexes headers by lower-case name. It is a map, so that `__proto__` is a name like any other. */
export function indexHeaders(headers: WireRequest['headers']): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    const values = index.get(lower);
    if (values) values.push(trimValue(value));
    else index.set(lower, [trimValue(value)]);
  }
  return index;
}

/**
 * The canonical headers of `names`. Each name is in `headers` once. Returns nothing for a value that no header can
 * have.
 */
export function canonicalHeadersOf(headers: HeaderIndex, names: readonly string[]): string | undefined {
  return canonicalHeaders(names.map((name) => [name, headers.get(name)![0]!]));
}

/** Header names in the order in which they are signed. */
export function sortNames(names: Iterable<string>): string[] {
  return Array.from(names, (name) => name.toLowerCase()).sort(byBytes);
}
