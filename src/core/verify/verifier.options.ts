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
 * What an application asks of the signatures it accepts, beyond what the scheme does.
 *
 * @category Guard routes
 */
export interface Policy {
  /** Names of the keys that are allowed. Not set: every key that is known. An empty list is an error. */
  readonly allowedKeys?: readonly string[] | undefined;
  /** Names of headers that must be signed, besides `x-sdk-date`. Not set: none. */
  readonly requiredSignedHeaders?: readonly string[] | undefined;
  /**
   * Names of headers that must be signed if they are present. Not set: none; then anyone on the way may add or change
   * a header that the gateway did not sign. `content-type` and `content-encoding` belong here: a signed body under a
   * changed Content-Type reaches the handler as something else.
   */
  readonly signedIfPresent?: readonly string[] | undefined;
  /**
   * Media types that a signed body may come under when the gateway does not sign `Content-Type`: `['application/json']`.
   * Another one, a body without one, and an unsigned `Content-Encoding` other than `identity` are refused with
   * HEADER_NOT_SIGNED. A signed `Content-Type` is not looked at. Parameters and case do not count. Throws a TypeError for
   * an empty list, for parameters or `*` in a type, and for `multipart/*`, because its boundary would not be protected.
   * Default: every media type. Then a proxy on the way can change how the handler reads a signed body.
   */
  readonly contentTypes?: readonly string[] | undefined;
  /**
   * Whether a request may declare its body as `UNSIGNED-PAYLOAD`. Not set: `'accept'`, as documented; then such a body
   * is whatever the last one on the way made of it, and `bodyVerified` is false.
   */
  readonly unsignedPayload?: 'accept' | 'refuse' | undefined;
  /**
   * Whether a signature that passed once is refused from then on. Not set: false. Then an attacker who reads a
   * request can send it again while its date is accepted. Two equal requests of one second carry one signature, and the
   * second one is refused: use this for writes.
   */
  readonly replayProtection?: boolean | undefined;
}

/**
 * The options of a verifier that are the same for every request.
 *
 * @category Set up
 */
export interface VerifierSettings {
  /** Seconds between `X-Sdk-Date` and the clock, either way, that are still accepted: more than 0. Default: 900. */
  readonly clockSkew?: number | undefined;
  /**
   * How `+` in a query is read. Not set: `'space'`, as Express, Fastify, Java and Go read it. With `'literal'` the
   * handler, which still sees a space, can be given one where a plus was signed as `%2B`: anyone may swap the two.
   */
  readonly plusInQuery?: PlusInQuery | undefined;
  /**
   * Whether a path may hold `%2F`. Not set: `'refuse'`. With `'accept'` anyone may swap `/a%2Fb` and `/a/b`, which
   * share a signature and reach different handlers.
   */
  readonly encodedSlash?: 'accept' | 'refuse' | undefined;
  /**
   * A prefix that a proxy takes off the path after the gateway signed it, and that no caller may change: `/api`. The
   * path that is verified is this prefix and the received path, and no other. A request that still has the prefix on
   * its path does not match. Throws a TypeError unless the prefix begins with `/`, does not end with one, and has
   * unreserved characters and `/` only, without `//` and without a segment `.` or `..`. Default: none.
   */
  readonly pathPrefix?: string | undefined;
  /**
   * Pieces between `&` that a query may have, empty ones counted. Not set: 1000, after which Express drops pieces
   * in silence: with a higher number, check what the handler's query parser does.
   */
  readonly queryPieces?: number | undefined;
  /**
   * Where signatures that passed under `replayProtection` are kept. Not set: a {@link MemoryReplayStore} of this
   * verifier's own, which knows nothing of other processes, nor of what passed before a restart.
   */
  readonly replayStore?: ReplayStore | undefined;
  /** The clock: milliseconds since 1970. Not set: `Date.now`. */
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

/** Segments of unreserved characters, none of them `.` or `..`. */
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

/** A policy with each part set, and names in lower case; no `allowedKeys` allows every key, no `contentTypes` any type. */
export interface ResolvedPolicy {
  readonly allowedKeys: readonly string[] | undefined;
  readonly requiredSignedHeaders: readonly string[];
  readonly signedIfPresent: readonly string[];
  readonly contentTypes: readonly string[] | undefined;
  readonly unsignedPayload: 'accept' | 'refuse';
  readonly replayProtection: boolean;
}

/** Settings with each part set, except for `pathPrefix`. */
export interface ResolvedSettings extends TargetRules, ReplaySettings, Pick<VerifierSettings, 'pathPrefix'> {}

/** Fills the defaults in. The replay store is made when it is first needed. */
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

/** Fills a policy in. Each list is a copy, so that later changes do not reach the policy. */
export function resolvePolicy(policy: Policy): ResolvedPolicy {
  const lowerCase = (names: readonly string[] = []) => names.map((name) => name.toLowerCase());
  return {
    allowedKeys: policy.allowedKeys && [...policy.allowedKeys],
    // Row 5 asks for x-sdk-date in any case, and says so in words of its own.
    requiredSignedHeaders: lowerCase(policy.requiredSignedHeaders).filter((name) => name !== 'x-sdk-date'),
    signedIfPresent: lowerCase(policy.signedIfPresent),
    contentTypes: policy.contentTypes && lowerCase(policy.contentTypes),
    unsignedPayload: policy.unsignedPayload ?? 'accept',
    replayProtection: policy.replayProtection ?? false,
  };
}
