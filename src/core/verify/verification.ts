import type { AuthorizationCache, ReadAuthorization } from '../fast/authorization-cache.js';
import { canonicalRequestHash } from '../fast/canonical-request-hash.js';
import { positionOfSecret } from '../fast/hmac.js';
import type { KeyAnswer, Keyring } from '../keys/keyring.js';
import { isPromise, whenReady, type MaybePromise } from '../maybe-promise.js';
import { brief } from '../printable.js';
import { isRefusal, refusalOf, type Refusal, type RefusalCode } from '../refusal.js';
import { replayRefusal } from '../replay/replay.store.js';
import { stringToSign } from '../scheme/canonical-request.js';
import { AUTHORIZATION, UNSIGNED_PAYLOAD, X_SDK_DATE } from '../scheme/names.js';
import { parseSdkDate } from '../scheme/sdk-date.js';
import { EMPTY_HASH } from '../scheme/signature.js';
import { declaredBodyHash, signedValue, type SignedHeaders } from '../scheme/signed-headers.js';
import { HTTP_TOKEN } from '../scheme/wire-request.js';
import { readAuthorization } from './authorization-header.js';
import { bodyHashOf } from './body-hash.js';
import type { ReceivedRequest } from './received-request.js';
import { ambiguous, queriesInOtherOrders, readTarget, type ReadTarget } from './request-target.js';
import { isUntyped, readSignedHeaders, unsignedHeaderRefusal } from './signed-headers.js';
import type { Verdict, VerifiedRequest } from './verdict.js';
import type { Policy, ResolvedPolicy, ResolvedSettings } from './verifier.options.js';

/** What every verification of one verifier shares. */
export interface VerificationSettings extends ResolvedSettings {
  readonly keyring: Keyring;
  readonly authorizations: AuthorizationCache;
}

/** What a request says of itself, as far as it was read: for metrics and logs. Nothing is proved without a verdict. */
export interface Untrusted {
  /** The key that the request names. The keyring knows it. */
  readonly key?: string;
  /** The key that the request names, before the keyring is asked: printable ASCII, cut at 128 characters. */
  readonly untrustedKey?: string;
  /** Seconds by which the request's date is ahead of the clock: negative for a date that is past. */
  readonly skew?: number | undefined;
}

/** A request whose headers were read without fault (rows 1 to 6b). Its signature was not checked. */
interface ReadRequest {
  readonly authorization: ReadAuthorization;
  readonly secrets: readonly string[];
  readonly headers: SignedHeaders;
  readonly target: ReadTarget;
}

/** The place of an answer that was not asked for: the answer itself may be undefined. */
const NOT_ASKED = Symbol('not asked');
type Asked<T> = MaybePromise<T> | typeof NOT_ASKED;

/**
 * The verification of one request, row by row of the specification's table. It keeps what it finds out: the key, the
 * target, the body's hash, the time of arrival, the replay store's answer. It keeps no permission: each call of `judge`
 * goes through every row again, so that a pass under one policy is never a pass under another.
 */
export class Verification {
  readonly #request: ReceivedRequest;
  readonly #settings: VerificationSettings;
  readonly #arrival: number;
  readonly #authorization: ReadAuthorization | Refusal;
  // Asked for once, when first needed.
  #secrets: Asked<KeyAnswer> = NOT_ASKED;
  #bodyHash: Asked<string | undefined | Refusal> = NOT_ASKED;
  #replayRefusal: Asked<Refusal | undefined> = NOT_ASKED;
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

  /** The request that is verified. */
  get request(): ReceivedRequest {
    return this.#request;
  }

  /** The key that the request names, and its secrets if they have been found. Asks for nothing. */
  get signer(): { readonly key: string; readonly secrets: readonly string[] } | undefined {
    const authorization = this.#authorization;
    if (isRefusal(authorization) || !this.#secretsFound) return undefined;
    return { key: authorization.key, secrets: this.#secretsFound };
  }

  /** What the request says of itself, as far as `judge` has read it. */
  get untrusted(): Untrusted {
    const authorization = this.#authorization;
    if (isRefusal(authorization)) return {};
    const { key } = authorization;
    return { ...(this.#secretsFound ? { key } : { untrustedKey: brief(key) }), skew: this.#skew };
  }

  /** Whether a policy allows the key that the request names. */
  namesAllowedKey(policy: Policy): boolean {
    const authorization = this.#authorization;
    return !isRefusal(authorization) && isAllowed(authorization.key, policy);
  }

  /** The verdict under a policy. A promise only if keys, body or replay store must be waited for. Never throws or rejects. */
  judge(policy: ResolvedPolicy): MaybePromise<Verdict> {
    const request = this.#read(policy);
    return isPromise(request)
      ? request.then((read) => this.#judgeSignature(read, policy))
      : this.#judgeSignature(request, policy);
  }

  /** The refusal that the headers alone decide (rows 1 to 6b), before any byte of the body is needed. */
  judgeHeaders(policy: ResolvedPolicy): MaybePromise<Refusal | undefined> {
    return whenReady(this.#read(policy), (request) => (isRefusal(request) ? request : undefined));
  }

  /** Rows 1 to 3. */
  #read(policy: ResolvedPolicy): MaybePromise<ReadRequest | Refusal> {
    const authorization = this.#authorization;
    if (isRefusal(authorization)) return authorization;
    const { key } = authorization;
    if (!isAllowed(key, policy)) return refusalOf('KEY_UNKNOWN');
    if (this.#secrets === NOT_ASKED) this.#secrets = this.#settings.keyring.secretsOf(key);
    const secrets = this.#secrets;
    return isPromise(secrets)
      ? secrets.then((found) => this.#readHeaders(authorization, found, policy))
      : this.#readHeaders(authorization, secrets, policy);
  }

  /** Rows 4 to 6b. */
  #readHeaders(authorization: ReadAuthorization, secrets: KeyAnswer, policy: ResolvedPolicy): ReadRequest | Refusal {
    if (secrets === undefined) return refusalOf('KEY_UNKNOWN');
    if ('code' in secrets) return secrets;
    this.#secretsFound = secrets;
    const headers = readSignedHeaders(this.#request.headers, authorization.names.wanted); // rows 4 and 4b
    if ('code' in headers) return headers;
    const refusal =
      unsignedHeaderRefusal(this.#request, authorization.signedHeaders, policy) ?? // row 4c
      this.#dateRefusal(headers); // rows 5 to 6
    if (refusal) return refusal;
    const target = (this.#target ??= this.#readTarget()); // row 6b
    return 'code' in target ? target : { authorization, secrets, headers, target };
  }

  /** Rows 7 to 9. A declared body hash is what was signed, so that row 7 needs no body. */
  #judgeSignature(read: ReadRequest | Refusal, policy: ResolvedPolicy): MaybePromise<Verdict> {
    if ('code' in read) return refused(read);
    const hash = declaredBodyHash(read.headers) ?? this.#hashBody();
    return isPromise(hash)
      ? hash.then((arrived) => this.#judgeHash(read, arrived, policy))
      : this.#judgeHash(read, hash, policy);
  }

  /** Rows 7 to 9, with the body hash that was signed: the declared one, or that of the body. */
  #judgeHash(read: ReadRequest, hash: string | undefined | Refusal, policy: ResolvedPolicy): MaybePromise<Verdict> {
    if (isRefusal(hash)) return refused(hash);
    if (hash === undefined) return refuse('SIGNATURE_MISMATCH');
    const position = this.#positionOfSecret(read, hash);
    if (position < 0) return refuse('SIGNATURE_MISMATCH');
    const declared = declaredBodyHash(read.headers);
    if (declared === undefined) return this.#accept(read, position, hash, policy);
    if (declared === UNSIGNED_PAYLOAD) {
      return policy.unsignedPayload === 'refuse'
        ? refuse('UNSIGNED_PAYLOAD')
        : this.#accept(read, position, UNSIGNED_PAYLOAD, policy);
    }
    return whenReady(/^[0-9a-f]{64}$/i.test(declared) ? this.#hashBody() : undefined, (arrived) => {
      if (isRefusal(arrived)) return refused(arrived);
      return arrived === declared.toLowerCase()
        ? this.#accept(read, position, arrived, policy)
        : refuse('BODY_HASH_MISMATCH');
    });
  }

  /** The position of the secret that signed the request with this body hash, or -1. */
  #positionOfSecret(read: ReadRequest, bodyHash: string): number {
    const position = this.#positionFor(read, bodyHash, read.target.canonicalQuery);
    if (position >= 0) return position;
    for (const canonicalQuery of queriesInOtherOrders(read.target)) {
      const other = this.#positionFor(read, bodyHash, canonicalQuery);
      if (other >= 0) return other;
    }
    return -1;
  }

  #positionFor(
    { authorization, secrets, headers, target }: ReadRequest,
    bodyHash: string,
    canonicalQuery: string,
  ): number {
    const method = this.#request.method.toUpperCase();
    const parts = { method, canonicalUri: target.canonicalUri, canonicalQuery, headers, bodyHash };
    const hash = canonicalRequestHash(parts, authorization.names);
    if (hash === undefined) return -1;
    const text = stringToSign(signedValue(headers, X_SDK_DATE)!, hash);
    return positionOfSecret(secrets, text, authorization.signature);
  }

  #dateRefusal(headers: SignedHeaders): Refusal | undefined {
    const text = signedValue(headers, X_SDK_DATE);
    if (text === undefined) return refusalOf('DATE_MISSING');
    const date = parseSdkDate(text);
    if (date === undefined) return refusalOf('DATE_MALFORMED');
    this.#skew = (date - this.#arrival) / 1000;
    // Written so that a clock that says NaN refuses.
    return Math.abs(this.#skew) <= this.#settings.clockSkew ? undefined : refusalOf('SIGNATURE_EXPIRED');
  }

  #readTarget(): ReadTarget | Refusal {
    const { ambiguity, method, target } = this.#request;
    if (ambiguity !== undefined) return ambiguous(ambiguity);
    if (!HTTP_TOKEN.test(method)) return ambiguous('no token for a method');
    // JavaScript may have left it out.
    if (typeof (target as unknown) !== 'string') return ambiguous('no target');
    const read = readTarget(target, this.#settings);
    const { pathPrefix } = this.#settings;
    return pathPrefix === undefined || 'code' in read
      ? read
      : { ...read, canonicalUri: pathPrefix + read.canonicalUri };
  }

  #hashBody(): MaybePromise<string | undefined | Refusal> {
    if (this.#bodyHash === NOT_ASKED) this.#bodyHash = bodyHashOf(this.#request.body);
    return this.#bodyHash;
  }

  /** What row 4c left to the body's hash, and row 9, for a request that has passed all other rows. */
  #accept(read: ReadRequest, secretIndex: number, bodyHash: string, policy: ResolvedPolicy): MaybePromise<Verdict> {
    const { authorization, headers } = read;
    const bodyVerified = bodyHash !== UNSIGNED_PAYLOAD;
    const isEmpty = bodyVerified ? bodyHash === EMPTY_HASH : this.#request.hasBody === false;
    if (!isEmpty && isUntyped(this.#request, policy)) {
      return refused(refusalOf('HEADER_NOT_SIGNED', { name: 'content-type' }));
    }
    if (!authorization.isCached) {
      this.#settings.authorizations.add(this.#request.headers.get(AUTHORIZATION) as string, authorization);
    }
    const { key, signedHeaders, signature } = authorization;
    const date = new Date(parseSdkDate(signedValue(headers, X_SDK_DATE)!)!);
    const verified: VerifiedRequest = { ok: true, key, secretIndex, signedHeaders, date, bodyVerified };
    if (!policy.replayProtection) return verified;
    return whenReady(this.#reserve(signature, date), (refusal) => (refusal ? refused(refusal) : verified));
  }

  /** Once for all policies: a second reservation would take this very request for a replay. */
  #reserve(signature: string, date: Date): MaybePromise<Refusal | undefined> {
    if (this.#replayRefusal === NOT_ASKED) this.#replayRefusal = replayRefusal(signature, date, this.#settings);
    return this.#replayRefusal;
  }
}

function isAllowed(key: string, { allowedKeys }: Policy): boolean {
  return allowedKeys === undefined || allowedKeys.includes(key);
}

function refuse(code: RefusalCode): Verdict {
  return refused(refusalOf(code));
}

function refused(refusal: Refusal): Verdict {
  return { ok: false, refusal };
}
