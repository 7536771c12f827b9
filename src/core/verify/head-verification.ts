import type { AuthorizationCache, ReadAuthorization } from '../fast/authorization-cache.js';
import type { KeyAnswer, ReadKeyring } from '../keys/keyring.js';
import { isPromise, type MaybePromise } from '../maybe-promise.js';
import { brief, MASK } from '../printable.js';
import { isRefusal, refusalOf, type Refusal } from '../refusal.js';
import { parseSdkDate } from '../scheme/sdk-date.js';
import { HTTP_TOKEN } from '../scheme/wire-request.js';
import { readAuthorization } from './authorization-header.js';
import type { ReceivedRequest } from './received-request.js';
import { ambiguous, readTarget, type ReadTarget } from './request-target.js';
import { checkSignedHeaders, unsignedHeaderRefusal, type ReadHeaders } from './signed-headers.js';
import type { Policy, ResolvedPolicy, ResolvedSettings } from './verifier.options.js';

/** What all verifications of one verifier share. */
export interface VerificationSettings extends ResolvedSettings {
  readonly keyring: ReadKeyring;
  readonly authorizations: AuthorizationCache;
}

/**
 * What a request says about itself, as far as it was read, for metrics and logs. Without a verdict nothing is proved.
 */
export interface Untrusted {
  /** The key that the request names. The keyring knows it. */
  readonly key?: string;
  /**
   * The key that the request names, if the keyring does not know it, or was not asked for it: printable ASCII, cut at
   * 128 characters. `***` if the text is the secret of a key.
   */
  readonly untrustedKey?: string;
  /** Seconds by which the request's date is ahead of the clock: negative for a date that is past. */
  readonly skew?: number | undefined;
}

/** A request whose headers were read without fault (rows 1 to 6b). Its signature was not checked. */
export interface ReadRequest {
  readonly authorization: ReadAuthorization;
  readonly secrets: readonly string[];
  readonly headers: ReadHeaders;
  readonly target: ReadTarget;
}

/** The value before the first request for an answer. Not `undefined`, because an answer can be that. */
export const NOT_ASKED = Symbol('not asked');
export type Asked<T> = MaybePromise<T> | typeof NOT_ASKED;

/**
 * The verification of a request's head: its first line and its headers. These are rows 1 to 6b of docs/spec.md, which
 * need no body and compare no signature.
 */
export class HeadVerification {
  readonly #request: ReceivedRequest;
  readonly #settings: VerificationSettings;
  readonly #arrival: number;
  readonly #authorization: ReadAuthorization | Refusal;
  #secrets: Asked<KeyAnswer> = NOT_ASKED;
  #target: ReadTarget | Refusal | undefined;
  #secretsFound: readonly string[] | undefined;
  #skew: number | undefined;

  /** `arrival` is the clock's milliseconds at which the request's date is measured. */
  constructor(request: ReceivedRequest, settings: VerificationSettings, arrival: number) {
    this.#request = request;
    this.#settings = settings;
    this.#arrival = arrival;
    this.#authorization = readAuthorization(request.headers, settings.authorizations);
  }

  /** The key that the request names, and its secrets. Not set: they were not found. Asks no keyring. */
  get signer(): { readonly key: string; readonly secrets: readonly string[] } | undefined {
    const authorization = this.#authorization;
    if (isRefusal(authorization) || !this.#secretsFound) return undefined;
    return { key: authorization.key, secrets: this.#secretsFound };
  }

  /** What the request says about itself, as far as it was read. */
  get untrusted(): Untrusted {
    const authorization = this.#authorization;
    if (isRefusal(authorization)) return {};
    const { key } = authorization;
    if (this.#secretsFound) return { key, skew: this.#skew };
    const untrustedKey = this.#settings.keyring.isKnownSecret(key) ? MASK : brief(key);
    return { untrustedKey, skew: this.#skew };
  }

  /** Whether a policy allows the key that the request names. */
  namesAllowedKey(policy: Policy): boolean {
    const authorization = this.#authorization;
    return !isRefusal(authorization) && isAllowed(authorization.key, policy);
  }

  /** The request that the head describes, or why a policy refuses it: rows 1 to 3 here, the others below. */
  read(policy: ResolvedPolicy): MaybePromise<ReadRequest | Refusal> {
    const authorization = this.#authorization;
    if ('code' in authorization) return authorization;
    const { key } = authorization;
    if (!isAllowed(key, policy)) return refusalOf('KEY_UNKNOWN');
    if (this.#secrets === NOT_ASKED) this.#secrets = this.#settings.keyring.secretsOf(key);
    const secrets = this.#secrets;
    return isPromise(secrets)
      ? secrets.then((found) => this.#readHead(authorization, found, policy))
      : this.#readHead(authorization, secrets, policy);
  }

  #readHead(authorization: ReadAuthorization, secrets: KeyAnswer, policy: ResolvedPolicy): ReadRequest | Refusal {
    if (secrets === undefined) return refusalOf('KEY_UNKNOWN');
    if ('code' in secrets) return secrets;
    this.#secretsFound = secrets;
    const headers = checkSignedHeaders(this.#request.headers, authorization); // rows 4 and 4b
    if ('code' in headers) return headers;
    const refusal =
      unsignedHeaderRefusal(this.#request, headers, policy) ?? // row 4c
      this.#dateRefusal(headers); // rows 5 to 6
    if (refusal) return refusal;
    const { ambiguity } = this.#request; // row 6b
    if (ambiguity !== undefined) return ambiguous(ambiguity);
    const target = (this.#target ??= this.#readTarget());
    return 'code' in target ? target : { authorization, secrets, headers, target };
  }

  #dateRefusal({ date }: ReadHeaders): Refusal | undefined {
    if (date === undefined) return refusalOf('DATE_MISSING');
    const instant = parseSdkDate(date);
    if (instant === undefined) return refusalOf('DATE_MALFORMED');
    this.#skew = (instant - this.#arrival) / 1000;
    // Written so that a request is refused if the clock gives NaN.
    return Math.abs(this.#skew) <= this.#settings.clockSkew ? undefined : refusalOf('SIGNATURE_EXPIRED');
  }

  #readTarget(): ReadTarget | Refusal {
    const { method, target } = this.#request;
    // A caller in JavaScript may have left either out.
    if (typeof (method as unknown) !== 'string' || !HTTP_TOKEN.test(method)) return ambiguous('no token for a method');
    if (typeof (target as unknown) !== 'string') return ambiguous('no target');
    const read = readTarget(target, this.#settings);
    const { pathPrefix } = this.#settings;
    return pathPrefix === undefined || 'code' in read
      ? read
      : { ...read, canonicalUri: pathPrefix + read.canonicalUri };
  }
}

function isAllowed(key: string, { allowedKeys }: Policy): boolean {
  return allowedKeys === undefined || allowedKeys.includes(key);
}
