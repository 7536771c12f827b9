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
import type { VerdictEvent } from './report/verdict-event.js';

/**
 * The options of `@RequireApigSignature()`: what one route requires of a signature.
 *
 * @category Guard routes
 */
export interface RoutePolicy extends Policy {
  /**
   * Bytes of one body that may wait in memory for a verdict. A larger body is refused with 413. Default: 12 MiB
   * (12 × 2^20 bytes), the size up to which the gateway signs bodies. A framework's parser that reads the body before
   * the guard has a limit of its own instead. If several guards check one request, the limit of the first guard that
   * has to wait counts.
   */
  readonly bodyLimit?: number | undefined;
}

/**
 * The options of `ApigSignatureModule.forRoot()`. They are the defaults of the options of `@RequireApigSignature()`.
 *
 * @category Set up
 */
export interface ApigSignatureOptions extends RoutePolicy, VerifierSettings {
  /**
   * Secrets by the name of their signing key, or a function that finds them. While a key is rotated, list its secrets.
   * Default: the setting `APIG_SIGNATURE_KEYS` of `ConfigService`, as an object of that form or as its JSON text. Or
   * the file with this JSON whose path is in `APIG_SIGNATURE_KEYS_FILE`. With `keys`, `@nestjs/config` is not loaded.
   *
   * A function gives `undefined` or `null` for an unknown key. It fails if it throws or rejects, gives another value
   * that is not a secret, or does not answer in 5 s. Then the request is refused with 503, and the log has the reason.
   */
  readonly keys?: Keys | undefined;
  /**
   * Bytes of all bodies together that may wait in memory for a verdict. Each chunk of a body adds 512 bytes to the
   * count. Default: 256 MiB (256 × 2^20 bytes). Each application has a count of its own.
   *
   * At the limit a request is refused with 503 and `Retry-After`. It is one whose body has stalled for 5 s, or else the
   * newest one that is older than half a second. A request is also refused if its body waits in more than 65,536
   * chunks, or in more than `bodyLimit` / 512 chunks if that is more.
   */
  readonly heldBytes?: number | undefined;
  /**
   * Whether the log says why a signature does not match: see `explainMismatch`. At most one request a second is
   * explained, after its response. Default: false.
   *
   * `'response'`, for development, also sends the explanation in the header `X-Apig-Explain` of the 401,
   * percent-encoded and at most 2 KB. Callers then learn what the server compares. So the application starts only if
   * `NODE_ENV` is `development` or `test`.
   */
  readonly explain?: boolean | 'response' | undefined;
  /**
   * What happens to a request that fails verification. Default: `'enforce'`: it is refused.
   *
   * With `'report'` each of these requests reaches its handler, an unsigned one too. `onVerdict` receives each of them.
   * The log gets one line a minute for each route and code. In their handlers `@VerifiedSignature()` gives a verdict
   * that is not `ok`, and `@SignedHeader()` gives `undefined`.
   */
  readonly mode?: 'enforce' | 'report' | undefined;
  /**
   * Called with each verdict: once for each call of a handler, and once for each call of `SignerService.verify()`. The
   * number of guards does not matter. The request waits for the function, but not for a promise that it returns. If the
   * function throws or rejects, the verdict stays, and the log gets a line at most once a minute. Default: none.
   */
  readonly onVerdict?: ((event: VerdictEvent) => unknown) | undefined;
  /**
   * Gives the bytes of a body that something else read and kept before this package saw it. This may be a serverless
   * platform, or the `verify` hook of a body parser, which sets `request.rawBody`. `request` is the framework's
   * request. The function is called only if the bytes were not seen on the wire, and not if the body has a
   * `Content-Encoding` other than `identity`.
   *
   * `undefined` means an empty body if the headers declare no body. The request is refused with BODY_NOT_CAPTURED if
   * the function throws, gives no bytes, or gives a number of bytes other than `Content-Length`. Default: none.
   */
  readonly readBody?: ReadBody | undefined;
  /**
   * Whether the log gets a line (`warn`) for each refused request: code, `Class.method`, method, path without the
   * query, and the name of the key. For one route and code it gets ten lines a minute at most, and a count of the rest.
   * Default: false.
   */
  readonly logRefusals?: boolean | undefined;
  /**
   * Finds the request of a call where the guard finds none: WebSockets, microservices. It returns the request of
   * Express or Fastify, or Node's own. Not set, or if it returns anything else: the call is refused, except in mode
   * `'report'`. If the function throws, the call fails with that error, in mode `'report'` too.
   */
  readonly getRequest?: ((context: ExecutionContext) => unknown) | undefined;
}

/**
 * The options without the keys, as `@InjectApigSignatureOptions()` injects them.
 *
 * @category Set up
 */
export type PublicApigSignatureOptions = Omit<ApigSignatureOptions, 'keys'>;

/** A policy with its defaults. */
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
  // The keyring checks the keys. Its messages do not show them.
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

/** The values of NODE_ENV with which `explain: 'response'` is allowed. */
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

/** The bytes of all bodies together that may wait for a verdict. */
export function heldBytesLimitOf({ heldBytes = DEFAULT_HELD_BYTES }: PublicApigSignatureOptions): number {
  return heldBytes;
}

/** The account of the bytes that wait for a verdict. */
export function heldBytesOf(options: PublicApigSignatureOptions): HeldBytes {
  return new HeldBytes(heldBytesLimitOf(options));
}

/** Fills in the defaults of a policy. */
export function resolveRoutePolicy(policy: RoutePolicy): ResolvedRoutePolicy {
  return { ...resolvePolicy(policy), bodyLimit: policy.bodyLimit ?? DEFAULT_BODY_LIMIT };
}
