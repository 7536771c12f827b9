import { byBytes } from './canonical-request.js';

/**
 * A request as it came over the wire. Header values and target as Node shows them: one character for each byte.
 *
 * @category Sign and verify
 */
export interface WireRequest {
  /** The method on the wire. */
  readonly method: string;
  /** The request target as received, undecoded: `/path?query`. */
  readonly target: string;
  /** Every header line, in order, names in any case; never joined or merged. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /**
   * The body's bytes before any decoding, or a function that gives their sha256 (called once at most, and only if a
   * verdict depends on it). Not set: the request has no body.
   */
  readonly body?: Uint8Array | BodyHashSource | undefined;
}

/**
 * Gives the lower-case hex sha256 of the whole body, or nothing if the body never arrived whole. What it throws, or
 * rejects with, is a body that could not be captured: the request is refused with BODY_NOT_CAPTURED.
 *
 * @category Sign and verify
 */
export type BodyHashSource = () => string | undefined | Promise<string | undefined>;

/** What a name or a scheme is made of (RFC 9110 section 5.6.2). */
export const HTTP_TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Header names in the order in which they are signed. */
export function sortNames(names: Iterable<string>): string[] {
  return Array.from(names, (name) => name.toLowerCase()).sort(byBytes);
}
