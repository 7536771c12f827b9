import { ownText } from '../scheme/own-text.js';
import type { MaybePromise } from '../maybe-promise.js';
import { refusalOf, type Refusal } from '../refusal.js';
import { answerTo } from '../timely-answer.js';

/**
 * Keeps the signatures that passed, so that none passes twice. All processes that stand for one application must share
 * what it knows.
 *
 * @category Replay protection
 */
export interface ReplayStore {
  /**
   * Reserves a signature unless it is reserved already, in one step: of several calls at the same moment, in whatever
   * processes, one is the first.
   *
   * `signature` is 64 lower-case hex digits, and all that may be told apart by: one request can be spelled in several
   * ways that share it. `lifetime` is for how long to keep it, a whole number of milliseconds. `date` is the signed
   * `X-Sdk-Date`, for stores that refuse what is dated before them.
   *
   * Answers true for the first time and false for any other, or the promise of it. A store that cannot tell throws or
   * rejects. The request is then refused with REPLAY_STORE_UNAVAILABLE, and the error's message goes to the log. The
   * same happens after 5 s without an answer.
   */
  reserve(signature: string, lifetime: number, date: Date): MaybePromise<boolean>;
}

/**
 * What a store does with signatures that are dated before it was made, which may have passed when it could not see them.
 * `'refuse'` makes them REPLAY_STORE_UNAVAILABLE. What a gateway signs whose clock is ahead is dated later than it
 * passed: of that, as much stays open as the clocks differ.
 *
 * @category Replay protection
 */
export type OlderSignatures = 'accept' | 'refuse';

/** Throws an Error for a signature that a store of this birth is not to decide about. */
export function refuseOlder(olderSignatures: OlderSignatures | undefined, birth: number, date: Date): void {
  if (olderSignatures !== 'refuse' || date.getTime() >= birth) return;
  throw new Error(`a signature dated before ${new Date(birth).toISOString()}, since when the store remembers`);
}

/** What row 9 of docs/spec.md needs of a verifier. */
export interface ReplaySettings {
  readonly clockSkew: number;
  readonly replayStore: () => ReplayStore;
  readonly now: () => number;
}

/** Milliseconds that a reservation outlives its signature: for clocks that differ, and for a store that is slow. */
const MARGIN = 60_000;

/** Why a signature of this date is refused (row 9 of docs/spec.md). Nothing if it comes for the first time. */
export function replayRefusal(
  signature: string,
  date: Date,
  { clockSkew, replayStore, now }: ReplaySettings,
): MaybePromise<Refusal | undefined> {
  // Not as of the request's arrival: a replay whose body dawdles would find the first one's reservation gone.
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
