import type { ReadAuthorization } from '../fast/authorization-cache.js';
import { canonicalRequestHash } from '../fast/canonical-request-hash.js';
import { secretIndexOf } from '../fast/hmac.js';
import { isPromise, whenReady, type MaybePromise } from '../maybe-promise.js';
import { isRefusal, refusalOf, type Refusal, type RefusalCode } from '../refusal.js';
import { replayRefusal } from '../replay/replay.store.js';
import { stringToSign } from '../scheme/canonical-request.js';
import { AUTHORIZATION, UNSIGNED_PAYLOAD } from '../scheme/names.js';
import { parseSdkDate } from '../scheme/sdk-date.js';
import { EMPTY_HASH } from '../scheme/signature.js';
import type { WireRequest } from '../scheme/wire-request.js';
import { bodyHashOf } from './body-hash.js';
import {
  HeadVerification,
  NOT_ASKED,
  type Asked,
  type ReadRequest,
  type VerificationSettings,
} from './head-verification.js';
import type { ReceivedRequest } from './received-request.js';
import { queriesInOtherOrders } from './request-target.js';
import { isUntyped } from './signed-headers.js';
import type { Verdict, VerifiedRequest } from './verdict.js';
import type { ResolvedPolicy } from './verifier.options.js';

/**
 * The verification of one request, row by row of the specification's table. It keeps what it finds out: the key, the
 * target, the body's hash, the time of arrival, the replay store's answer. It keeps no permission: each call of `judge`
 * goes through every row again. So a pass under one policy is never a pass under another.
 */
export class Verification {
  /** The rows before those of the signature. */
  readonly head: HeadVerification;
  readonly #request: ReceivedRequest;
  readonly #body: WireRequest['body'];
  readonly #settings: VerificationSettings;
  // It is asked once, when it is first needed.
  #bodyHash: Asked<string | undefined | Refusal> = NOT_ASKED;
  #replayRefusal: Asked<Refusal | undefined> = NOT_ASKED;

  /** `arrival` is the clock's milliseconds at which the request's date is measured. */
  constructor(request: ReceivedRequest, body: WireRequest['body'], settings: VerificationSettings, arrival: number) {
    this.head = new HeadVerification(request, settings, arrival);
    this.#request = request;
    this.#body = body;
    this.#settings = settings;
  }

  /**
   * The verdict under a policy. A promise only if keys, body or replay store must be waited for. Never throws or
   * rejects.
   */
  judge(policy: ResolvedPolicy): MaybePromise<Verdict> {
    const request = this.head.read(policy); // rows 1 to 6b
    return isPromise(request)
      ? request.then((read) => this.#judgeSignature(read, policy))
      : this.#judgeSignature(request, policy);
  }

  /**
   * The refusal that needs no body: rows 1 to 6b, and row 7 of a request that declares its body hash. Nothing if the body
   * decides.
   */
  judgeWithoutBody(policy: ResolvedPolicy): MaybePromise<Refusal | undefined> {
    return whenReady(this.head.read(policy), (read) => {
      if (isRefusal(read)) return read;
      const { declaredHash } = read.headers;
      const isWrong = declaredHash !== undefined && this.#secretIndexOf(read, declaredHash) < 0;
      return isWrong ? refusalOf('SIGNATURE_MISMATCH') : undefined;
    });
  }

  /** Rows 7 to 9. A declared body hash is what was signed, so that row 7 needs no body. */
  #judgeSignature(read: ReadRequest | Refusal, policy: ResolvedPolicy): MaybePromise<Verdict> {
    if ('code' in read) return refused(read);
    const { declaredHash } = read.headers;
    const hash = declaredHash ?? this.#hashBody();
    if (isPromise(hash)) return hash.then(() => this.#judgeSignature(read, policy)); // the answer is at hand
    if (isRefusal(hash)) return refused(hash);
    if (hash === undefined) return refuse('SIGNATURE_MISMATCH');
    const secretIndex = this.#secretIndexOf(read, hash);
    if (secretIndex < 0) return refuse('SIGNATURE_MISMATCH');
    return declaredHash === undefined
      ? this.#accept(read, secretIndex, hash, policy)
      : this.#judgeDeclared(read, secretIndex, declaredHash, policy);
  }

  /** The index of the secret that signed the request with this body hash, or -1. */
  #secretIndexOf({ authorization, secrets, headers, target }: ReadRequest, bodyHash: string): number {
    const method = this.#request.method.toUpperCase();
    const { canonicalUri } = target;
    let others: string[] | undefined;
    let query: string | undefined = target.canonicalQuery;
    while (query !== undefined) {
      const parts = { method, canonicalUri, canonicalQuery: query, headers, bodyHash };
      const hash = canonicalRequestHash(parts, authorization.names);
      if (hash === undefined) return -1;
      const secretIndex = secretIndexOf(secrets, stringToSign(headers.date!, hash), authorization.signature);
      if (secretIndex >= 0) return secretIndex;
      others ??= queriesInOtherOrders(target);
      query = others.shift();
    }
    return -1;
  }

  /** Rows 8 to 9, for a body hash that was declared and signed. */
  #judgeDeclared(
    read: ReadRequest,
    secretIndex: number,
    declared: string,
    policy: ResolvedPolicy,
  ): MaybePromise<Verdict> {
    if (declared === UNSIGNED_PAYLOAD) {
      return policy.unsignedPayload === 'refuse'
        ? refuse('UNSIGNED_PAYLOAD')
        : this.#accept(read, secretIndex, UNSIGNED_PAYLOAD, policy);
    }
    return whenReady(/^[0-9a-f]{64}$/i.test(declared) ? this.#hashBody() : undefined, (arrived) => {
      if (isRefusal(arrived)) return refused(arrived);
      return arrived === declared.toLowerCase()
        ? this.#accept(read, secretIndex, arrived, policy)
        : refuse('BODY_HASH_MISMATCH');
    });
  }

  /** The body's hash. It is at hand after it was waited for once. */
  #hashBody(): MaybePromise<string | undefined | Refusal> {
    if (this.#bodyHash !== NOT_ASKED) return this.#bodyHash;
    const hash = bodyHashOf(this.#body);
    this.#bodyHash = isPromise(hash) ? hash.then((arrived) => (this.#bodyHash = arrived)) : hash;
    return this.#bodyHash;
  }

  /** What row 4c left to the body's hash, and row 9, for a request that has passed all other rows. */
  #accept(read: ReadRequest, secretIndex: number, bodyHash: string, policy: ResolvedPolicy): MaybePromise<Verdict> {
    const { authorization, headers } = read;
    const bodyVerified = bodyHash !== UNSIGNED_PAYLOAD;
    if (isUntyped(headers, policy) && !(bodyVerified ? bodyHash === EMPTY_HASH : this.#request.hasBody === false)) {
      return refused(refusalOf('HEADER_NOT_SIGNED', { name: 'content-type' }));
    }
    const { key, signature, isCached } = authorization;
    const signedHeaders = isCached ? authorization.signedHeaders : this.#cache(authorization);
    const date = new Date(parseSdkDate(headers.date!)!);
    const verified: VerifiedRequest = { ok: true, key, secretIndex, signedHeaders, date, bodyVerified };
    if (!policy.replayProtection) return verified;
    return whenReady(this.#reserve(signature, date), (refusal) => (refusal ? refused(refusal) : verified));
  }

  #cache(authorization: ReadAuthorization): readonly string[] {
    return this.#settings.authorizations.add(this.#request.headers.get(AUTHORIZATION) as string, authorization);
  }

  /** Once for all policies: a second reservation would see this request as a replay. */
  #reserve(signature: string, date: Date): MaybePromise<Refusal | undefined> {
    if (this.#replayRefusal === NOT_ASKED) this.#replayRefusal = replayRefusal(signature, date, this.#settings);
    return this.#replayRefusal;
  }
}

function refuse(code: RefusalCode): Verdict {
  return refused(refusalOf(code));
}

function refused(refusal: Refusal): Verdict {
  return { ok: false, refusal };
}
