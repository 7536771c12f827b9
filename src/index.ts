/**
 * The module, the guard, the decorators and the services of a Nest application.
 *
 * @module nestjs-apig-signature
 */

export {
  InjectApigSignatureOptions,
  RequireApigSignature,
  SignedHeader,
  SkipApigSignature,
  VerifiedSignature,
} from './nest/apig-signature.decorators.js';
export { ApigSignatureModule } from './nest/apig-signature.module.js';
export type { ApigSignatureOptions, PublicApigSignatureOptions, RoutePolicy } from './nest/apig-signature.options.js';
export { getVerdict } from './nest/get-verdict.js';
export type { ReadBody } from './nest/kept-body.js';
export { RawBodyInterceptor } from './nest/raw-body.interceptor.js';
export { SignatureException } from './nest/signature.exception.js';
export { SignatureMetrics } from './nest/report/signature-metrics.js';
export { SignatureGuard } from './nest/signature.guard.js';
export { SignerService, type SignerOptions } from './nest/signer.service.js';
export { MemoryReplayStore, REFUSAL_CODES, RedisReplayStore } from './core/index.js';
export type { RefusedEvent, VerdictEvent, VerifiedEvent } from './nest/report/verdict-event.js';
export type {
  AnyRedisClient,
  IoRedisClient,
  KeyLookup,
  Keys,
  MaybePromise,
  MemoryReplayStoreOptions,
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisSentinel,
  OlderSignatures,
  PlusInQuery,
  Policy,
  RedisReplayStoreOptions,
  RedisReplayStoreSettings,
  Refusal,
  RefusalCode,
  RefusedRequest,
  ReplayStore,
  RequestToSign,
  Secrets,
  SendCommand,
  SignedRequest,
  Verdict,
  VerifiedRequest,
  VerifierSettings,
} from './core/index.js';
