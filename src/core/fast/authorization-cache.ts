import { ownText } from '../scheme/own-text.js';
import { parseAuthorization, type Authorization } from '../scheme/authorization.js';
import { namesInRequest, type NamesInRequest } from './canonical-request-hash.js';

/** The characters of a verified signature. */
const SIGNATURE = 64;
const WORD = /^\w+$/;

/** The number of headers in the cache, and the characters of the longest. */
const MOST = 500;
const LONGEST = 1000;

/**
 * A parsed Authorization header. Its key may be kept. Its signature is a slice of the header, and so are its names
 * until the header is in the cache. The names there are frozen: requests share them.
 */
export interface ReadAuthorization extends Authorization {
  readonly names: NamesInRequest;
  readonly isCached: boolean;
}

/** A header in the cache. `start` is the whole header without the signature. */
interface Cached extends Omit<ReadAuthorization, 'signature' | 'isCached'> {
  readonly start: string;
}

/**
 * Parsed Authorization headers of verified requests, without the signatures at their ends: a gateway sends the same
 * header again and again. The cache holds no secret and no permission: whether a key is known, and allowed on a route,
 * is asked for each request. A request that is not verified adds nothing.
 */
export class AuthorizationCache {
  readonly #cached = new Map<string, Cached>();
  #last: Cached | undefined;

  /** The same result as `parseAuthorization`. */
  read(value: string): ReadAuthorization | undefined {
    const cached = this.#find(value);
    if (cached) {
      const { key, signedHeaders, names } = cached;
      const signature = value.slice(-SIGNATURE);
      return WORD.test(signature) ? { key, signedHeaders, signature, names, isCached: true } : undefined;
    }
    const authorization = parseAuthorization(value);
    if (!authorization) return undefined;
    const { key, signedHeaders, signature } = authorization;
    return { key: ownText(key), signedHeaders, signature, names: namesInRequest(signedHeaders), isCached: false };
  }

  /**
   * Adds the header of a verified request. A full cache drops its oldest header. Returns the names of the signed
   * headers, frozen, and in memory of their own.
   */
  add(value: string, authorization: ReadAuthorization): readonly string[] {
    const { key } = authorization;
    const signedHeaders = Object.freeze(ownText(authorization.signedHeaders.join(';')).split(';'));
    if (value.length > LONGEST) return signedHeaders;
    if (this.#cached.size >= MOST) this.#cached.delete(this.#cached.keys().next().value!);
    const start = ownText(value.slice(0, -SIGNATURE));
    this.#cached.set(start, { start, key, signedHeaders, names: namesInRequest(signedHeaders) });
    return signedHeaders;
  }

  #find(value: string): Cached | undefined {
    const start = value.slice(0, -SIGNATURE);
    // A comparison is faster than the hash that a map needs.
    if (start === this.#last?.start) return this.#last;
    const cached = this.#cached.get(start);
    if (cached) this.#last = cached;
    return cached;
  }
}
