import { parseAuthorization, type Authorization } from './authorization.js';

/** Characters of a signature that was verified. */
const SIGNATURE = 64;
const WORD = /^\w+$/;

/** Headers that are remembered, and how long one may be. */
const MOST = 500;
const LONGEST = 1000;

/**
 * Remembers how the Authorization headers of verified requests read, but for the signatures at their ends: a gateway
 * sends the same one again and again. It knows no secret, and nothing that is allowed: whether the key is one, and may
 * come in on this route, is asked each time. Strangers can put nothing in.
 */
export class AuthorizationMemory {
  readonly #known = new Map<string, Authorization>();

  /** What `parseAuthorization` makes of the header. */
  parse(value: string): Authorization | undefined {
    const known = value.length <= LONGEST ? this.#known.get(value.slice(0, -SIGNATURE)) : undefined;
    if (!known) return parseAuthorization(value);
    const signature = value.slice(-SIGNATURE);
    return WORD.test(signature) ? { key: known.key, signedHeaders: known.signedHeaders, signature } : undefined;
  }

  /** Whether this was read from memory. */
  knows({ signedHeaders }: Authorization): boolean {
    return Object.isFrozen(signedHeaders);
  }

  /** Remembers the header of a request that was verified, in the place of the oldest one if there are too many. */
  remember(value: string, { key, signedHeaders, signature }: Authorization): void {
    if (value.length > LONGEST) return;
    if (this.#known.size >= MOST) this.#known.delete(this.#known.keys().next().value!);
    // Frozen, as all requests share it.
    this.#known.set(value.slice(0, -SIGNATURE), { key, signedHeaders: Object.freeze([...signedHeaders]), signature });
  }
}
