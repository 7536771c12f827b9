/**
 * The signature itself, without Nest: signs, verifies, and explains why a signature does not match.
 *
 * @module nestjs-apig-signature/core
 */

export { formatAuthorization, parseAuthorization, type Authorization } from './scheme/authorization.js';
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
} from './scheme/canonical-request.js';
export { curlCommand, type RequestToType } from './curl-command.js';
export type { KeyLookup, Keys, Secrets } from './keys/keyring.js';
export type { MaybePromise } from './maybe-promise.js';
export type { CauseCode } from './explain/causes.js';
export { explainMismatch } from './explain/explain-mismatch.js';
export type { Explanation, ExplainOptions, RequestToExplain } from './explain/explanation.js';
export { MemoryReplayStore, type MemoryReplayStoreOptions } from './replay/memory-replay.store.js';
export type {
  AnyRedisClient,
  IoRedisClient,
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisSentinel,
  SendCommand,
} from './replay/redis-clients.js';
export {
  RedisReplayStore,
  type RedisReplayStoreOptions,
  type RedisReplayStoreSettings,
} from './replay/redis-replay.store.js';
export { REFUSAL_CODES, type Refusal, type RefusalCode } from './refusal.js';
export type { OlderSignatures, ReplayStore } from './replay/replay.store.js';
export { formatSdkDate, parseSdkDate } from './scheme/sdk-date.js';
export { computeSignature, sha256Hex, signaturesEqual } from './scheme/signature.js';
export { signRequest, type RequestToSign, type SignedRequest, type SignOptions } from './scheme/sign-request.js';
export type { RefusedRequest, Verdict, VerifiedRequest } from './verify/verdict.js';
export { createVerifier, verifyRequest, type Verifier } from './verify/verifier.js';
export type { Policy, VerifierOptions, VerifierSettings } from './verify/verifier.options.js';
export type { BodyHashSource, WireRequest } from './scheme/wire-request.js';
export { fromWireText, toWireText } from './scheme/wire-text.js';
