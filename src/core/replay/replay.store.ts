import { ownText } from '../scheme/own-text.js';
import type { MaybePromise } from '../maybe-promise.js';
import { refusalOf, type Refusal } from '../refusal.js';
import { answerTo } from '../timely-answer.js';

/**
 * Keeps the signatures that passed, so that none passes twice. All processes of one application must share these
 * signatures.
 *
 * @category Replay protection
 */
export interface ReplayStore {
  /**
   * Reserves a signature unless it is reserved already. It does so in one step: if several calls come at the same
   * moment, in one process or in several, exactly one is the first.
   *
   * `signature` has 64 lower-case hex digits. Tell requests apart by their signatures only, because one request can be
   * spelled in several ways that share its signature. `lifetime` is for how long to keep the signature: a whole number
   * of milliseconds. `date` is the signed `X-Sdk-Date`, for stores that refuse signatures dated before them.
   *
   * Returns true for the first time and false for any other, or a promise of that. A store that cannot tell throws or
   * rejects. The request is then refused with REPLAY_STORE_UNAVAILABLE, and the error's message goes to the log. The
   * same happens after 5 s without an answer.
   */
  reserve(signature: string, lifetime: number, date: Date): MaybePromise<boolean>;
}

/**
 * What a store does with signatures that are dated before it was made. They may have passed when it could not see them.
 * `'refuse'` refuses them with REPLAY_STORE_UNAVAILABLE. If the gateway's clock is ahead, its dates are late. A
 * signature that passed before the restart can then pass again, for as long as the clocks differ.
 *
 * @category Replay protection
 */
export type OlderSignatures = 'accept' | 'refuse';

/** Throws an Error for a signature that a store made at `birth` must not decide about. */
export function refuseOlder(olderSignatures: OlderSignatures | undefined, birth: number, date: Date): void {
  if (olderSignatures !== 'refuse' || date.getTime() >= birth) return;
  throw new Error(`a signature dated before ${new Date(birth).toISOString()}, since when the store remembers`);
}

/** The settings that row 9 of docs/spec.md needs. */
export interface ReplaySettings {
  readonly clockSkew: number;
  readonly replayStore: () => ReplayStore;
  readonly now: () => number;
}

/**
 * Milliseconds for which a reservation is kept longer than its signature is valid, as clocks differ and stores are
 * slow.
 */
const MARGIN = 60_000;

/** Why a signature of this date is refused (row 9 of docs/spec.md). Returns nothing if it comes for the first time. */
export function replayRefusal(
  signature: string,
  date: Date,
  { clockSkew, replayStore, now }: ReplaySettings,
): MaybePromise<Refusal | undefined> {
  // Not measured at the request's arrival: the reservation would be gone when a replay with a slow body is checked.
  const left = date.getTime() + clockSkew * 1000 - now();
  if (!(left >= 0)) return refusalOf('SIGNATURE_EXPIRED');
  return answerTo({
    name: 'replayStore',
    ask: () => replayStore().reserve(ownText(signature), Math.ceil(left + MARGIN), date),
    read: refusalAfter,
    fail: unavailable,
  });
}

function refusalAfter(isFirst: unknown): Refusal | undefined {
  if (isFirst === true) return undefined;
  return isFirst === false ? refusalOf('REPLAYED') : unavailable('replayStore answered neither true nor false');
}

function unavailable(reason: string): Refusal {
  return refusalOf('REPLAY_STORE_UNAVAILABLE', { reason });
}
