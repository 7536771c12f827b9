/**
 * The signature itself, without Nest: signs, verifies, and explains why a signature does not match.
 *
 * @module nestjs-apig-signature/core
 */

export { formatAuthorization, parseAuthorization, type Authorization } from './authorization.js';
export {
  ALGORITHM,
  canonicalHeaders,
  canonicalQuery,
  canonicalRequest,
  canonicalUri,
  queryPairs,
  splitTarget,
  stringToSign,
  type CanonicalRequestParts,
  type HeaderPair,
  type PlusInQuery,
  type QueryOrder,
  type QueryPair,
} from './canonical-request.js';
export { curlCommand, type RequestToType } from './curl-command.js';
export type { KeyLookup, Keys, Secrets } from './keyring.js';
export type { MaybePromise } from './maybe-promise.js';
export type { CauseCode } from './mismatch/causes.js';
export {
  explainMismatch,
  type Explanation,
  type ExplainOptions,
  type RequestToExplain,
} from './mismatch/mismatch.explainer.js';
export { MemoryReplayStore, type MemoryReplayStoreOptions } from './memory-replay.store.js';
export { RedisReplayStore, type RedisReplayStoreOptions } from './redis-replay.store.js';
export type { Refusal, RefusalCode } from './refusal.js';
export type { OlderSignatures, ReplayStore } from './replay.store.js';
export { formatSdkDate, parseSdkDate } from './sdk-date.js';
export { computeSignature, sha256Hex, signaturesEqual } from './signature.js';
export { signRequest, type RequestToSign, type SignedRequest, type SignOptions } from './signer.js';
export type { RefusedRequest, Verdict, VerifiedRequest } from './verdict.js';
export { createVerifier, verifyRequest, type Verifier } from './verifier.js';
export type { Policy, VerifierOptions, VerifierSettings } from './verifier.options.js';
export type { BodyHashSource, WireRequest } from './wire-request.js';
export { fromWireText, toWireText } from './wire-text.js';
