import { AUTHORIZATION } from '../scheme/names.js';
import type { PlusInQuery } from '../scheme/canonical-request.js';
import type { Keys } from '../keys/keyring.js';
import {
  ACCEPT_OR_REFUSE,
  BOOLEAN,
  FUNCTION,
  isFunction,
  isLimit,
  isPositive,
  type OptionRule,
} from '../check-options.js';
import { MemoryReplayStore } from '../replay/memory-replay.store.js';
import type { ReplaySettings, ReplayStore } from '../replay/replay.store.js';
import type { TargetRules } from './request-target.js';
import { HTTP_TOKEN } from '../scheme/wire-request.js';
import { isMediaType } from './content-type.js';

/**
 * What an application requires of a signature, besides what the scheme requires.
 *
 * @category Guard routes
 */
export interface Policy {
  /** Names of the keys that are allowed. Default: every known key. An empty list is an error. */
  readonly allowedKeys?: readonly string[] | undefined;
  /** Names of headers that must be signed, besides `x-sdk-date`. Default: none. */
  readonly requiredSignedHeaders?: readonly string[] | undefined;
  /**
   * Names of headers that must be signed if they are present. Default: none. Then anyone on the way may add or change
   * a header that the gateway did not sign. `content-type` and `content-encoding` belong here: a handler reads a signed
   * body in another way if its Content-Type has changed.
   */
  readonly signedIfPresent?: readonly string[] | undefined;
  /**
   * Media types that a signed body may have when the gateway does not sign `Content-Type`: `['application/json']`.
   * Another type, a body without a type, and an unsigned `Content-Encoding` other than `identity` are refused with
   * HEADER_NOT_SIGNED. A signed `Content-Type` is not checked. Parameters and case do not count. Throws a TypeError for
   * an empty list, for parameters or `*` in a type, and for `multipart/*`, because its boundary would not be protected.
   * Default: every media type. Then a proxy on the way can change how the handler reads a signed body.
   */
  readonly contentTypes?: readonly string[] | undefined;
  /**
   * Whether a request may declare its body as `UNSIGNED-PAYLOAD`. Default: `'accept'`, as in the documentation of the
   * gateway. Then anyone on the way may change such a body, and `bodyVerified` is false.
   */
  readonly unsignedPayload?: 'accept' | 'refuse' | undefined;
  /**
   * Whether a signature is refused after it has passed once. Default: false. Then an attacker who reads a request can
   * send it again while its date is accepted. Use this option for routes that write: two equal requests of one second
   * have the same signature, and the second one is refused.
   */
  readonly replayProtection?: boolean | undefined;
}

/**
 * The options of a verifier that are the same for every request.
 *
 * @category Set up
 */
export interface VerifierSettings {
  /** Seconds that `X-Sdk-Date` may differ from the clock, in either direction: more than 0. Default: 900. */
  readonly clockSkew?: number | undefined;
  /**
   * How `+` in a query is read. Default: `'space'`, as Express, Fastify, Java and Go read it. With `'literal'`, `+` and
   * `%2B` share a signature, so anyone on the way may replace one by the other. The handler still reads `+` as a space.
   */
  readonly plusInQuery?: PlusInQuery | undefined;
  /**
   * Whether a path may hold `%2F`. Default: `'refuse'`. With `'accept'`, `/a%2Fb` and `/a/b` share a signature and
   * reach different handlers, so anyone on the way may replace one by the other.
   */
  readonly encodedSlash?: 'accept' | 'refuse' | undefined;
  /**
   * The prefix that a proxy removes from the path after the gateway signed it: `/api`. No caller may be able to change
   * it. Only one path is verified: this prefix, then the received path. A received path that still has the prefix does
   * not match. The prefix has segments of unreserved characters, each after a `/`. Throws a TypeError for another form,
   * such as a `/` at its end, `//`, or a segment `.` or `..`. Default: none.
   */
  readonly pathPrefix?: string | undefined;
  /**
   * Pieces between `&` that a query may have; empty pieces count. Default: 1000. Express drops further pieces in
   * silence. With a higher number, check what the handler's query parser does.
   */
  readonly queryPieces?: number | undefined;
  /**
   * Where signatures that passed under `replayProtection` are kept. Default: a {@link MemoryReplayStore} of this
   * verifier's own. It does not know what passed in other processes, or before a restart.
   */
  readonly replayStore?: ReplayStore | undefined;
  /** The clock: milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * The options of {@link createVerifier}.
 *
 * @category Sign and verify
 */
export interface VerifierOptions extends Policy, VerifierSettings {
  /** Secrets by the name of their signing key, or a function that finds them. */
  readonly keys: Keys;
}

const isNames = (value: unknown) => Array.isArray(value) && value.every((name) => typeof name === 'string');
/** No signature covers the header that carries it. */
const isHeaderNames = (value: unknown) =>
  isNames(value) && value.every((name) => HTTP_TOKEN.test(name) && name.toLowerCase() !== AUTHORIZATION);
const isStore = (value: unknown) => isFunction((value as Partial<ReplayStore> | null)?.reserve);

const isMediaTypes = (value: unknown) => isNames(value) && value.length > 0 && value.every(isMediaType);
/** Whether a value can be the option `pathPrefix`. */
export const isPathPrefix = (value: unknown) => typeof value === 'string' && PATH_PREFIX.test(value);

/** Segments of unreserved characters; `.` and `..` are not allowed. */
const PATH_PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[\w\-.~]+)+$/;

const HEADER_NAMES: OptionRule = ['a list of header names, without authorization', isHeaderNames];

export const POLICY_RULES: Record<keyof Policy, OptionRule> = {
  allowedKeys: ['a list of key names, not empty', (value) => isNames(value) && value.length > 0],
  requiredSignedHeaders: HEADER_NAMES,
  signedIfPresent: HEADER_NAMES,
  contentTypes: [
    "a list of media types such as 'application/json', not empty, no parameters, none of multipart/*",
    isMediaTypes,
  ],
  unsignedPayload: ACCEPT_OR_REFUSE,
  replayProtection: BOOLEAN,
};

export const SETTING_RULES: Record<keyof VerifierSettings, OptionRule> = {
  clockSkew: ['a number of seconds, finite and more than 0', isPositive],
  plusInQuery: ["'space' or 'literal'", (value) => value === 'space' || value === 'literal'],
  encodedSlash: ACCEPT_OR_REFUSE,
  pathPrefix: [
    "a prefix such as '/api': unreserved characters and /, no / at its end, no //, no . or ..",
    isPathPrefix,
  ],
  queryPieces: ['a number, finite and not negative', isLimit],
  replayStore: ['a replay store: an object with a method reserve()', isStore],
  now: FUNCTION,
};

/**
 * A policy with its defaults, and names in lower case. Without `allowedKeys` it allows every key, without
 * `contentTypes` every type.
 */
export interface ResolvedPolicy {
  readonly allowedKeys: readonly string[] | undefined;
  readonly requiredSignedHeaders: readonly string[];
  readonly signedIfPresent: readonly string[];
  readonly contentTypes: readonly string[] | undefined;
  readonly unsignedPayload: 'accept' | 'refuse';
  readonly replayProtection: boolean;
}

/** Settings with their defaults, except for `pathPrefix`. */
export interface ResolvedSettings extends TargetRules, ReplaySettings, Pick<VerifierSettings, 'pathPrefix'> {}

/** Fills in the defaults. The replay store is made when it is first needed. */
export function resolveSettings(settings: VerifierSettings): ResolvedSettings {
  let { replayStore } = settings;
  const now = settings.now ?? Date.now;
  return {
    clockSkew: settings.clockSkew ?? 900,
    plusInQuery: settings.plusInQuery ?? 'space',
    encodedSlash: settings.encodedSlash ?? 'refuse',
    pathPrefix: settings.pathPrefix,
    queryPieces: settings.queryPieces ?? 1000,
    replayStore: () => (replayStore ??= new MemoryReplayStore({ now })),
    now,
  };
}

/** Fills in the defaults of a policy. Each list is a copy, so that later changes do not reach the policy. */
export function resolvePolicy(policy: Policy): ResolvedPolicy {
  const lowerCase = (names: readonly string[] = []) => names.map((name) => name.toLowerCase());
  return {
    allowedKeys: policy.allowedKeys && [...policy.allowedKeys],
    // Row 5 asks for x-sdk-date in any case, with a message of its own.
    requiredSignedHeaders: lowerCase(policy.requiredSignedHeaders).filter((name) => name !== 'x-sdk-date'),
    signedIfPresent: lowerCase(policy.signedIfPresent),
    contentTypes: policy.contentTypes && lowerCase(policy.contentTypes),
    unsignedPayload: policy.unsignedPayload ?? 'accept',
    replayProtection: policy.replayProtection ?? false,
  };
}
