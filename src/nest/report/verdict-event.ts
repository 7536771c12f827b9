import type { RefusalCode } from '../../core/refusal.js';
import type { Verdict } from '../../core/verify/verdict.js';
import type { Untrusted } from '../../core/verify/head-verification.js';

/** What every event tells. */
interface VerdictFacts {
  /** The handler, as `Class.method`. For a call of SignerService it is `SignerService.verify`. */
  readonly route: string;
  /** Milliseconds that the verdict took. The look-up of the key and the wait for the body are included. */
  readonly duration: number;
}

/**
 * The verdict on a request whose signature was verified.
 *
 * @category Observe
 */
export interface VerifiedEvent extends VerdictFacts {
  /** Tells the two kinds of event apart. */
  readonly ok: true;
  /** The name of the signing key. */
  readonly key: string;
  /** Which of the key's secrets signed: 0 is the first of the list. */
  readonly secretIndex: number;
  /** Seconds by which the request's date is ahead of the clock: negative for a date that is past, the usual case. */
  readonly skew: number;
  /** Whether the body is the one that was signed. False for `UNSIGNED-PAYLOAD`. */
  readonly bodyVerified: boolean;
}

/**
 * The verdict on a request that was refused. Nothing that the request says of itself is proved.
 *
 * @category Observe
 */
export interface RefusedEvent extends VerdictFacts {
  /** Tells the two kinds of event apart. */
  readonly ok: false;
  /** Why the request was refused. */
  readonly code: RefusalCode;
  /** The key that the request names, if the keyring knows this key. It is fit for a label. */
  readonly key?: string | undefined;
  /**
   * The key that the request names, if the keyring does not know this key, or was not asked for it. Printable ASCII
   * (`\xNN` for other characters), cut at 128 characters; `***` if the text is the secret of a key. Anyone can send any
   * number of names, so it is fit for a log, but not for a label.
   */
  readonly untrustedKey?: string | undefined;
  /**
   * Seconds by which the request's date is ahead of the clock: negative for a date that is past. Not set: the request
   * was refused before its date was read.
   */
  readonly skew?: number | undefined;
  /** Whether the request reached its handler nevertheless, in mode `'report'`. */
  readonly reported: boolean;
}

/**
 * What `onVerdict` is told: `ok` tells the two kinds apart.
 *
 * @category Observe
 */
export type VerdictEvent = VerifiedEvent | RefusedEvent;

/** The circumstances of a verdict. */
export interface Circumstances extends VerdictFacts {
  readonly untrusted: Untrusted;
  /** Whether a refused request is let through. */
  readonly isReport: boolean;
}

/** The event of a verdict. */
export function eventOf(verdict: Verdict, { untrusted, isReport, route, duration }: Circumstances): VerdictEvent {
  if (!verdict.ok) return { ok: false, code: verdict.refusal.code, ...untrusted, reported: isReport, duration, route };
  const { key, secretIndex, bodyVerified } = verdict;
  // The date of a verified request was read.
  return { ok: true, key, secretIndex, skew: untrusted.skew!, bodyVerified, duration, route };
}
