import { parseAuthorization, type Authorization } from './authorization.js';

/** Characters of a signature that may be verified. */
const SIGNATURE = 64;
const WORD = /^\w*$/;

/** Headers that are remembered, and the characters that one may have before its signature. */
const MOST = 500;
const LONGEST = 1000;

/**
 * Remembers how the Authorization headers of verified requests read, all but the signature at their end: a gateway sends
 * the same again and again. Nothing secret or allowed is in there, so that a key that is withdrawn, or not allowed on
 * another route, is refused as ever. Strangers can put nothing in.
 */
export class AuthorizationMemory {
  readonly #known = new Map<string, Authorization>();

  /** What `parseAuthorization` reads. */
  parse(value: string): Authorization | undefined {
    const known = value.length > SIGNATURE && value.length <= LONGEST ? this.#known.get(value.slice(0, -SIGNATURE)) : undefined;
    if (!known) return parseAuthorization(value);
    const signature = value.slice(-SIGNATURE);
    return WORD.test(signature) ? { key: known.key, signedHeaders: known.signedHeaders, signature } : undefined;
  }

  /** Remembers a header that a verified request came with. */
  remember(value: string, authorization: Authorization): void {
  }
}
