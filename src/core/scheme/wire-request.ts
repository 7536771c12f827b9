import { byBytes } from './canonical-request.js';

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

/** Header names in the order in which they are signed. */
export function sortNames(names: Iterable<string>): string[] {
  return Array.from(names, (name) => name.toLowerCase()).sort(byBytes);
}
