import { parseAuthorization, type Authorization } from '../scheme/authorization.js';
import { namesInRequest, type NamesInRequest } from './canonical-request-hash.js';
import type { HeaderLines } from './header-lines.js';
import { refusalOf, type Refusal } from '../refusal.js';

/** Characters of a signature that was verified. */
const SIGNATURE = 64;
const WORD = /^\w+$/;

/** Headers that are remembered, and how long one may be. */
const MOST = 500;
const LONGEST = 1000;

/** An Authorization header as it reads, whether or not from memory. */
export interface ReadAuthorization extends Authorization {
  readonly names: NamesInRequest;
  readonly isCached: boolean;
}

/** A header that is remembered: `start` is all of it but the signature. */
interface Remembered extends Omit<ReadAuthorization, 'signature' | 'isCached'> {
  readonly start: string;
}

/**
 * Remembers how the Authorization headers of verified requests read, but for the signatures at their ends: a gateway
 * sends the same one again and again. It knows no secret, and nothing that is allowed: whether the key is one, and may
 * come in on this route, is asked each time. Strangers can put nothing in.
 */
export class AuthorizationCache {
  readonly #remembered = new Map<string, Remembered>();
  #last: Remembered | undefined;

  /** What `parseAuthorization` makes of the header. */
  read(value: string): ReadAuthorization | undefined {
    const remembered = this.#recall(value);
    if (remembered) {
      const { key, signedHeaders, names } = remembered;
      const signature = value.slice(-SIGNATURE);
      return WORD.test(signature) ? { key, signedHeaders, signature, names, isCached: true } : undefined;
    }
    const authorization = parseAuthorization(value);
    return authorization && { ...authorization, names: namesInRequest(authorization.signedHeaders), isCached: false };
  }

  /** Remembers the header of a request that was verified, in the place of the oldest one if there are too many. */
  remember(value: string, { key, signedHeaders, names }: ReadAuthorization): void {
    if (value.length > LONGEST) return;
    if (this.#remembered.size >= MOST) this.#remembered.delete(this.#remembered.keys().next().value!);
    const start = value.slice(0, -SIGNATURE);
    // Frozen, as all requests share it.
    this.#remembered.set(start, {
      start,
      key,
      signedHeaders: Object.freeze([...signedHeaders]),
      names,
    });
  }

  #recall(value: string): Remembered | undefined {
    const start = value.slice(0, -SIGNATURE);
    // To compare is faster than to hash, for a map.
    if (start === this.#last?.start) return this.#last;
    const remembered = this.#remembered.get(start);
    if (remembered) this.#last = remembered;
    return remembered;
  }
}

/** What a request's Authorization header says, or why that cannot be known (SPEC rows 1 and 2). */
export function readAuthorization(headers: HeaderLines, memory: AuthorizationCache): ReadAuthorization | Refusal {
  const value = headers.get('authorization') ?? '';
  if (value === '') return refusalOf('AUTHORIZATION_MISSING');
  return (typeof value === 'string' ? memory.read(value) : undefined) ?? refusalOf('AUTHORIZATION_MALFORMED');
}
