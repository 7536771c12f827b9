import type { Refusal } from '../refusal.js';

/**
 * A verified request: what its signature proves.
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
  /** Names of the headers that the signature covers: lower-case, sorted. Nothing is proved about the others. */
  readonly signedHeaders: readonly string[];
  /** The signed `X-Sdk-Date`. */
  readonly date: Date;
  /** Whether the body is the one that was signed. False for `UNSIGNED-PAYLOAD`: then anyone may have changed it. */
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
  /** Why the request was refused, and what to answer. */
  readonly refusal: Refusal;
}

/**
 * The verdict of a verifier on a request.
 *
 * @category Use the verdict
 */
export type Verdict = VerifiedRequest | RefusedRequest;
