import { readAuthorization, type AuthorizationCache, type ReadAuthorization } from '../fast/authorization-cache.js';
import { bodyHashOf } from './body-hash.js';
import { canonicalRequestHash } from '../fast/canonical-request-hash.js';
import { DATE, positionOfSigner, type Claim } from './claim.js';
import { DECLARED_BODY_HASH, UNSIGNED_PAYLOAD } from './declared-body-hash.js';
import type { KeyAnswer, Keyring } from '../keys/keyring.js';
import { whenReady, type MaybePromise } from '../maybe-promise.js';
import { brief } from '../printable.js';
import type { ReceivedRequest } from './received-request.js';
import { isRefusal, refusalOf, type Refusal, type RefusalCode } from '../refusal.js';
import { replayRefusal, type ReplaySettings } from '../replay/replay.store.js';
import { queryInEncodedOrder, readTarget, type ReadTarget, type TargetRules } from './request-target.js';
import { parseSdkDate } from '../scheme/sdk-date.js';
import { readSignedHeaders, signedValue, unsignedHeaderRefusal, type SignedHeaders } from './signed-headers.js';
import type { Verdict, VerifiedRequest } from './verdict.js';
import type { ResolvedPolicy } from './verifier.options.js';
import { HTTP_TOKEN } from '../scheme/wire-request.js';

/** What every verification of one verifier shares. */
export interface VerificationSettings extends TargetRules, ReplaySettings {
  readonly keyring: Keyring;
  readonly authorizations: AuthorizationCache;
}

/** What a request says of itself, as far as it was read: for figures and logs. Without a verdict nothing is proved. */
export interface Untrusted {
  /** The key that it names, which the keyring knows. */
  readonly key?: string;
  /** The key that it names, before the keyring is known to have it: printable ASCII, cut at 128 characters. */
  readonly untrustedKey?: string;
  /** Seconds by which its date is ahead of the clock: negative for a date that is past. */
  readonly skew?: number | undefined;
}

/**
 * The verification of one request (SPEC section 2). What it finds out it remembers: the key, the target, the body's
 * hash, at what time the request came, whether its signature was seen before. What it allows it does not: each call of
 * `judge` goes through every row anew, so that a request which passed under one policy has not passed under another.
 */
export class Verification {
  readonly #request: ReceivedRequest;
  readonly #settings: VerificationSettings;
  readonly #arrival: number;
  readonly #authorization: ReadAuthorization | Refusal;
  // What is asked for once, when it is wanted first.
  #secrets: { readonly answer: MaybePromise<KeyAnswer> } | undefined;
  #target: { readonly read: ReadTarget | undefined } | undefined;
  #bodyHash: { readonly answer: MaybePromise<string | undefined | Refusal> } | undefined;
  #replayRefusal: { readonly answer: MaybePromise<Refusal | undefined> } | undefined;
  #secretsFound: readonly string[] | undefined;
  #skew: number | undefined;

  /** `arrival` is the clock's milliseconds at which the request's date is measured. */
  constructor(request: ReceivedRequest, settings: VerificationSettings, arrival: number) {
    this.#request = request;
    this.#settings = settings;
    this.#arrival = arrival;
    this.#authorization = readAuthorization(request.headers, settings.authorizations);
  }

  /** The key that is said to have signed, and its secrets if they have been found; asks for nothing. */
  get signer(): { readonly key: string; readonly secrets: readonly string[] } | undefined {
    const authorization = this.#authorization;
    if (isRefusal(authorization) || !this.#secretsFound) return undefined;
    return { key: authorization.key, secrets: this.#secretsFound };
  }

  /**
   * The verdict under a policy: a promise only if keys, body or replay store must be waited for. Throws nothing, rejects
   * never.
   */
  judge(policy: ResolvedPolicy): MaybePromise<Verdict> {
    const authorization = this.#authorization; // rows 1 and 2
    if (isRefusal(authorization)) return refuse(authorization);
    const { key, signedHeaders, names } = authorization;
    if (policy.allowedKeys && !policy.allowedKeys.includes(key)) return refuse('KEY_UNKNOWN');
    return whenReady(this.#secretsOf(key), (secrets) => {
      if (secrets === undefined) return refuse('KEY_UNKNOWN');
      if (isRefusal(secrets)) return refuse(secrets);
      this.#secretsFound = secrets;
      const headers = readSignedHeaders(this.#request.headers, names.wanted); // rows 4 and 4b
      if (isRefusal(headers)) return refuse(headers);
      const refusal =
        unsignedHeaderRefusal(this.#request.headers, signedHeaders, policy) ?? // row 4c
        this.#dateRefusal(headers); // rows 5 to 6
      if (refusal) return refuse(refusal);
      const target = this.#readTarget(); // row 6b
      if (!target) return refuse('TARGET_AMBIGUOUS');
      return this.#judgeSignature({ authorization, secrets, headers, target }, policy);
    });
  }

  /** What the request says of itself, as far as `judge` came. */
  get untrusted(): Untrusted {
    const authorization = this.#authorization;
    if (isRefusal(authorization)) return {};
    const { key } = authorization;
    return { ...(this.#secretsFound ? { key } : { untrustedKey: brief(key) }), skew: this.#skew };
  }

  /** Rows 7 to 8b. A declared body hash is what was signed, so that the body need not be there for row 7. */
  #judgeSignature(claim: Claim, policy: ResolvedPolicy): MaybePromise<Verdict> {
    const declared = signedValue(claim.headers, DECLARED_BODY_HASH);
    if (declared === undefined) {
      return whenReady(this.#hashBody(), (hash) => {
        if (isRefusal(hash)) return refuse(hash);
        const secretIndex = hash === undefined ? -1 : this.#signer(claim, hash);
        return secretIndex < 0 ? refuse('SIGNATURE_MISMATCH') : this.#accept(claim, secretIndex, true, policy);
      });
    }
    const secretIndex = this.#signer(claim, declared);
    if (secretIndex < 0) return refuse('SIGNATURE_MISMATCH');
    if (declared === UNSIGNED_PAYLOAD) {
      if (policy.unsignedPayload === 'refuse') return refuse('UNSIGNED_PAYLOAD');
      return this.#accept(claim, secretIndex, false, policy);
    }
    if (!/^[0-9a-f]{64}$/i.test(declared)) return refuse('BODY_HASH_MISMATCH');
    return whenReady(this.#hashBody(), (hash) => {
      if (isRefusal(hash)) return refuse(hash);
      if (hash !== declared.toLowerCase()) return refuse('BODY_HASH_MISMATCH');
      return this.#accept(claim, secretIndex, true, policy);
    });
  }

  /** The position of the secret that made the signature over this body hash, or -1. */
  #signer(claim: Claim, bodyHash: string): number {
    const { target, headers, authorization } = claim;
    const { names } = authorization;
    const parts = { method: this.#request.method.toUpperCase(), target, headers, names, bodyHash };
    const position = positionOfSigner(claim, canonicalRequestHash(parts));
    if (position >= 0) return position;
    const canonicalQuery = queryInEncodedOrder(target);
    if (canonicalQuery === target.canonicalQuery) return -1;
    return positionOfSigner(claim, canonicalRequestHash({ ...parts, target: { ...target, canonicalQuery } }));
  }

  #dateRefusal(headers: SignedHeaders): RefusalCode | undefined {
    const text = signedValue(headers, DATE);
    if (text === undefined) return 'DATE_MISSING';
    const date = parseSdkDate(text);
    if (date === undefined) return 'DATE_MALFORMED';
    this.#skew = (date - this.#arrival) / 1000;
    // Written so that a clock that says NaN refuses.
    return Math.abs(this.#skew) <= this.#settings.clockSkew ? undefined : 'SIGNATURE_EXPIRED';
  }

  #secretsOf(key: string): MaybePromise<KeyAnswer> {
    return (this.#secrets ??= { answer: this.#settings.keyring.secretsOf(key) }).answer;
  }

  #readTarget(): ReadTarget | undefined {
    return (this.#target ??= { read: targetOf(this.#request, this.#settings) }).read;
  }

  #hashBody(): MaybePromise<string | undefined | Refusal> {
    return (this.#bodyHash ??= { answer: bodyHashOf(this.#request.body) }).answer;
  }

  /** Row 9, for a request that has passed all the others. */
  #accept(claim: Claim, secretIndex: number, bodyVerified: boolean, policy: ResolvedPolicy): MaybePromise<Verdict> {
    const { authorization } = claim;
    if (!authorization.isCached) {
      this.#settings.authorizations.remember(this.#request.headers.get('authorization') as string, authorization);
    }
    const { key, signedHeaders, signature } = authorization;
    const date = new Date(parseSdkDate(signedValue(claim.headers, DATE)!)!);
    const verified: VerifiedRequest = { ok: true, key, secretIndex, signedHeaders, date, bodyVerified };
    if (!policy.replayProtection) return verified;
    return whenReady(this.#reserve(signature, date), (refusal) => (refusal ? refuse(refusal) : verified));
  }

  /** Once, whoever asks: another reservation would take this very request for a replay. */
  #reserve(signature: string, date: Date): MaybePromise<Refusal | undefined> {
    return (this.#replayRefusal ??= { answer: replayRefusal(signature, date, this.#settings) }).answer;
  }
}

function targetOf({ method, target }: ReceivedRequest, rules: TargetRules): ReadTarget | undefined {
  return HTTP_TOKEN.test(method) && target !== undefined ? readTarget(target, rules) : undefined;
}

function refuse(why: Refusal | RefusalCode): Verdict {
  return { ok: false, refusal: typeof why === 'string' ? refusalOf(why) : why };
}
