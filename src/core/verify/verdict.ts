import type { Refusal } from '../refusal.js';

/**
 * A request whose signature was verified: what is proved of it.
 *
 * @category Use the verdict
 */
export interface VerifiedRequest {
  /** Tells a verified request from a refused one. */
  readonly ok: true;
  /** The name of the signing key. The name is not signed: among keys that share a secret, the sender chooses one. */
  readonly key: string;
  /** Which of the key's secrets signed: 0 is the first of the list. */
  readonly secretIndex: number;
  /** Names of the headers that the signature covers: lower-case, sorted. Nothing is proved of the others. */
  readonly signedHeaders: readonly string[];
  /** The signed `X-Sdk-Date`. */
  readonly date: Date;
  /** Whether the body is the one that was signed. False for `UNSIGNED-PAYLOAD`: then it may be anybody's. */
  readonly bodyVerified: boolean;
}

/**
 * A request that was refused, and why.
 *
 * @category Use the verdict
 */
export interface RefusedRequest {
  /** Tells a refused request from a verified one. */
  readonly ok: false;
  /** Why, and what to answer. */
  readonly refusal: Refusal;
}

/**
 * What a verifier says of a request.
 *
 * @category Use the verdict
 */
export type Verdict = VerifiedRequest | RefusedRequest;
