import type { ExecutionContext } from '@nestjs/common';
import type { Keys } from '../core/keys/keyring.js';
import { BOOLEAN, checkOptions, frozenOptions, FUNCTION, isLimit, type OptionRule } from '../core/check-options.js';
import {
  POLICY_RULES,
  resolvePolicy,
  SETTING_RULES,
  type Policy,
  type ResolvedPolicy,
  type VerifierSettings,
} from '../core/verify/verifier.options.js';
import { HeldBytes } from '../http/held-bytes.js';
import type { ReadBody } from './kept-body.js';
import type { VerdictEvent } from './report/verdict.event.js';

/**
 * What may be asked of the signatures on one route: the options of `@RequireApigSignature()`.
 *
 * @category Guard routes
 */
export interface RoutePolicy extends Policy {
  /**
   * Bytes of one body that may wait in memory for a verdict; more of it is refused with 413. Not set: 12 × 2^20, where
   * the gateway itself stops signing bodies. Bodies that the framework's own parsers read before the guard have their
   * limits instead. If a request meets several guards, that of the first one which has to wait counts.
   */
  readonly bodyLimit?: number | undefined;
}

/**
 * The options of `ApigSignatureModule.forRoot()`. Each that `@RequireApigSignature()` takes too is the default there.
 *
 * @category Set up
 */
export interface ApigSignatureOptions extends RoutePolicy, VerifierSettings {
  /**
   * Secrets by the name of their signing key, several in a list while a key is rotated; or a function that finds them.
   * Not set: `APIG_SIGNATURE_KEYS` of `ConfigService`, a JSON object of the same form or the object itself; or
   * `APIG_SIGNATURE_KEYS_FILE`, the path of a file with that JSON. With `keys`, `@nestjs/config` is not loaded.
   *
   * A function answers `undefined` or `null` for an unknown key. Another value that is not a secret, a throw, a
   * rejection, or no answer in 5 s refuses the request with 503, and the reason goes to the log.
   */
  readonly keys?: Keys | undefined;
  /**
   * Bytes of all bodies together that may wait in memory for a verdict, and 512 more for each chunk that they came in.
   * At the limit a request is refused with 503 and `Retry-After`: one whose body has stalled for 5 s, or else the newest
   * that is older than half a second. So is one whose body waits in more than 65,536 chunks, or more than `bodyLimit` /
   * 512 if that is more. Not set: 256 × 2^20. Each application counts for itself.
   */
  readonly heldBytes?: number | undefined;
  /**
   * Whether to find out why a signature does not match, and say so in the log: see `explainMismatch`. At most one request
   * a second is explained, after its response. Default: false.
   *
   * `'response'`, for development: also in the 401's header `X-Apig-Explain`, percent-encoded and at most 2 KB. Callers
   * then learn what the server compares, so the start fails unless `NODE_ENV` is `development` or `test`.
   */
  readonly explain?: boolean | 'response' | undefined;
  /**
   * Whether refused requests are refused. Not set: `'enforce'`, they are. With `'report'` they reach their handlers, all
   * of them, the unsigned ones too; each is told to `onVerdict`, and of each route and code one a minute to the log.
   * There `@VerifiedSignature()` gives a refused request's verdict, which is not `ok`, and `@SignedHeader()` nothing.
   */
  readonly mode?: 'enforce' | 'report' | undefined;
  /**
   * Called with each verdict: once for each call of a handler, under however many guards, and once for each call of
   * `SignerService.verify()`. The request waits for the function, but not for a promise that it returns. If it throws
   * or rejects, nothing changes except a line in the log, at most once a minute. Default: none.
   */
  readonly onVerdict?: ((event: VerdictEvent) => unknown) | undefined;
  /**
   * Gives the bytes of a body that something read before this package and kept: a serverless platform, or
   * `request.rawBody` of a body parser's `verify` hook. `request` is the framework's. Asked only if the bytes were not
   * seen on the wire, and not under a `Content-Encoding` other than `identity`. A throw, another value, or a number of
   * bytes other than `Content-Length` refuses the request with BODY_NOT_CAPTURED; `undefined` is an empty body where
   * the headers declare none. Default: none.
   */
  readonly readBody?: ReadBody | undefined;
  /**
   * Whether each refused request is a line (`warn`) in the log: code, `Class.method`, method and path without the query,
   * and the name of the key. After ten of one route and code in a minute the rest are counted, not written. Default:
   * false.
   */
  readonly logRefusals?: boolean | undefined;
  /** Finds the framework's request where the guard finds none: WebSockets, microservices. Not set: these are refused. */
  readonly getRequest?: ((context: ExecutionContext) => unknown) | undefined;
}

/**
 * The options as injected by `@InjectApigSignatureOptions()`: without the keys.
 *
 * @category Set up
 */
export type PublicApigSignatureOptions = Omit<ApigSignatureOptions, 'keys'>;

/** A policy with each part set. */
export interface ResolvedRoutePolicy extends ResolvedPolicy {
  readonly bodyLimit: number;
}

const DEFAULT_BODY_LIMIT = 12 * 2 ** 20;
const DEFAULT_HELD_BYTES = 256 * 2 ** 20;
const BYTES: OptionRule = ['a number of bytes, finite and not negative', isLimit];

const ROUTE_RULES: Record<keyof RoutePolicy, OptionRule> = {
  ...POLICY_RULES,
  bodyLimit: BYTES,
};

const RULES: Record<keyof ApigSignatureOptions, OptionRule> = {
  ...ROUTE_RULES,
  ...SETTING_RULES,
  // The keyring says what is wrong with keys, without showing them.
  keys: ['secrets by key name, or a function', () => true],
  heldBytes: BYTES,
  explain: ["true, false or 'response'", (value) => typeof value === 'boolean' || value === 'response'],
  readBody: FUNCTION,
  logRefusals: BOOLEAN,
  mode: ["'enforce' or 'report'", (value) => value === 'enforce' || value === 'report'],
  onVerdict: FUNCTION,
  getRequest: FUNCTION,
};

/** Throws a TypeError for options that `@RequireApigSignature()` does not take. */
export function checkRoutePolicy(policy: RoutePolicy): void {
  checkOptions(policy, ROUTE_RULES);
}

/** Where `explain: 'response'` is allowed. */
const EXPLAINING_ENVIRONMENTS: readonly (string | undefined)[] = ['development', 'test'];

/** The options without the keys. Throws a TypeError for options that `forRoot()` does not take. */
export function publicOptionsOf(options: ApigSignatureOptions): PublicApigSignatureOptions {
  checkOptions(options, RULES);
  if (options.explain === 'response' && !EXPLAINING_ENVIRONMENTS.includes(process.env.NODE_ENV)) {
    throw new TypeError(
      "explain: 'response' tells callers what the server compares, so it needs NODE_ENV=development or NODE_ENV=test",
    );
  }
  const { keys: _, ...others } = options;
  return frozenOptions(others);
}

/** The bytes that may wait for a verdict, of all bodies together. */
export function heldBytesLimitOf({ heldBytes = DEFAULT_HELD_BYTES }: PublicApigSignatureOptions): number {
  return heldBytes;
}

/** The account of the bytes that wait for a verdict. */
export function heldBytesOf(options: PublicApigSignatureOptions): HeldBytes {
  return new HeldBytes(heldBytesLimitOf(options));
}

/** Fills in a policy. */
export function resolveRoutePolicy(policy: RoutePolicy): ResolvedRoutePolicy {
  return { ...resolvePolicy(policy), bodyLimit: policy.bodyLimit ?? DEFAULT_BODY_LIMIT };
}
