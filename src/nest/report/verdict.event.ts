import type { RefusalCode } from '../../core/refusal.js';
import type { Verdict } from '../../core/verify/verdict.js';
import type { Untrusted } from '../../core/verify/head-verification.js';

/** What is told of every verdict. */
interface VerdictFacts {
  /** The handler, as `Class.method`; `SignerService.verify` where one asked for itself. */
  readonly route: string;
  /** Milliseconds that the verdict took: the look-up of the key and the wait for the body are in it. */
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
  /** Why. */
  readonly code: RefusalCode;
  /** The key that the request names, once it is known that there is such a key: fit for a label. */
  readonly key?: string | undefined;
  /**
   * The key that the request names, before that: printable ASCII (`\xNN` for the rest), cut at 128 characters; `***` if it
   * is the secret of a key. Strangers can name as many as they like, so that it is fit for a log, and not for a label.
   */
  readonly untrustedKey?: string | undefined;
  /** As above. Not set if the verdict was given before the date was read. */
  readonly skew?: number | undefined;
  /** Whether the request reached its handler all the same: in mode `'report'`. */
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

/** What is told of a verdict. */
export function eventOf(verdict: Verdict, { untrusted, isReport, route, duration }: Circumstances): VerdictEvent {
  if (!verdict.ok) return { ok: false, code: verdict.refusal.code, ...untrusted, reported: isReport, duration, route };
  const { key, secretIndex, bodyVerified } = verdict;
  // The date of a verified request was read.
  return { ok: true, key, secretIndex, skew: untrusted.skew!, bodyVerified, duration, route };
}
