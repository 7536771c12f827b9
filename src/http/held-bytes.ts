import { Place } from './ring.js';

/** What one request holds of the bytes that all of them may. */
export interface HeldShare {
  /** Says how many bytes it holds now. If all together are too many then, waiters are sent away. */
  set(bytes: number): void;
  /** Waits no longer, and is not sent away any more; what it holds still counts until it leaves the buffer. */
  settle(): void;
  /** Gives all of it back for good: what is set afterwards does not count. */
  close(): void;
}

/** Why a request was sent away: for the log. */
export type ReasonToGo = 'stalled' | 'newest' | 'all are new' | 'shutdown';

/** How {@link HeldBytes} tells who is likely to finish. To halve or to double any of them changes little. */
export interface Patience {
  /** Milliseconds without progress after which a waiter is stalled. Default: 5000, for a pause in a mobile network. */
  readonly stalledAfter: number;
  /** Progress is a growth by this part of what a waiter holds. Default: 1/32, so that single bytes are no progress. */
  readonly progress: number;
  /** Milliseconds for which a request counts as new. Default: 500, within which a fast or small body has come. */
  readonly newFor: number;
}

const PATIENCE: Patience = { stalledAfter: 5000, progress: 1 / 32, newFor: 500 };

/** A request that waits, and its places among the others. */
class Waiter {
  bytes = 0;
  isWaiting = true;
  /** What it held when it last made progress, and when that was. */
  progressBytes = 0;
  progressAt: number;
  readonly byAge = new Place<Waiter | undefined>(this);
  readonly byProgress = new Place<Waiter | undefined>(this);
  readonly openedAt: number;
  readonly giveWay: (reason: ReasonToGo) => void;

  constructor(now: number, giveWay: Waiter['giveWay']) {
    this.openedAt = this.progressAt = now;
    this.giveWay = giveWay;
  }
}

/**
 * Bytes that wait in memory for a verdict, of all requests of an application together. Bytes count when they arrive. At
 * the limit the requests that are least likely to finish soon are sent away:
 *
 * 1. A request without progress for 5 s is stalled. The one that has stalled longest goes first.
 * 2. If none is stalled, the newest goes, so that older ones can finish. A request of the last half second is spared,
 *    because a fast or small body needs no longer.
 * 3. If all came within that time, the one without progress for the longest goes.
 *
 * A step takes the same time however many requests wait.
 */
export class HeldBytes {
  #limit: number;
  readonly #patience: Patience;
  readonly #now: () => number;
  /** Where the rings of those that wait begin and end. */
  readonly #byAge = new Place<Waiter | undefined>(undefined);
  readonly #byProgress = new Place<Waiter | undefined>(undefined);
  /** The newest request that no longer counts as new; where the ring begins, if all do. */
  #newestOlder = this.#byAge;
  #total = 0;
  #waiting = 0;
  #sentAway = 0;

  /** `limit` is a number of bytes; `now` tells the time in milliseconds. */
  constructor(limit: number, now = (): number => performance.now(), patience: Partial<Patience> = {}) {
    this.#limit = limit;
    this.#now = now;
    this.#patience = { ...PATIENCE, ...patience };
  }

  /** Bytes held now. */
  get total(): number {
    return this.#total;
  }

  /** Requests that wait now. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Requests that were sent away since the start. */
  get sentAway(): number {
    return this.#sentAway;
  }

  /** Sends all waiting requests away, and from then on each one that would wait. */
  close(): void {
    this.#limit = -1;
    this.#makeRoom();
  }

  /** Opens the share of a request that begins to wait. `giveWay` is called, once at most, when it has to go. */
  open(giveWay: (reason: ReasonToGo) => void): HeldShare {
    let isOpen = true;
    const share: HeldShare = {
      set: (bytes) => {
        if (!isOpen) return;
        this.#charge(waiter, bytes);
        this.#makeRoom();
      },
      settle: () => this.#settle(waiter),
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#settle(waiter);
        this.#charge(waiter, 0);
      },
    };
    const waiter = new Waiter(this.#now(), (reason) => {
      // Given back at once: its bytes are dropped with the refusal, and must not send more waiters away until then.
      share.close();
      giveWay(reason);
    });
    waiter.byAge.moveBefore(this.#byAge);
    waiter.byProgress.moveBefore(this.#byProgress);
    this.#waiting += 1;
    return share;
  }

  #charge(waiter: Waiter, bytes: number): void {
    this.#total += bytes - waiter.bytes;
    waiter.bytes = bytes;
    // Bytes that a reader took meanwhile do not undo the progress.
    waiter.progressBytes = Math.min(waiter.progressBytes, bytes);
    if (!waiter.isWaiting || bytes - waiter.progressBytes <= bytes * this.#patience.progress) return;
    waiter.progressBytes = bytes;
    waiter.progressAt = this.#now();
    waiter.byProgress.moveBefore(this.#byProgress);
  }

  #settle(waiter: Waiter): void {
    if (!waiter.isWaiting) return;
    waiter.isWaiting = false;
    this.#waiting -= 1;
    if (this.#newestOlder === waiter.byAge) this.#newestOlder = waiter.byAge.previous;
    waiter.byAge.leave();
    waiter.byProgress.leave();
  }

  #makeRoom(): void {
    while (this.#total > this.#limit) {
      const stalest = this.#byProgress.next.item;
      if (!stalest) return;
      this.#sentAway += 1;
      this.#sendAway(stalest);
    }
  }

  /** Sends the one away that is least likely to finish, given the one without progress for the longest. */
  #sendAway(stalest: Waiter): void {
    if (this.#limit < 0) return stalest.giveWay('shutdown');
    const now = this.#now();
    if (now - stalest.progressAt >= this.#patience.stalledAfter) return stalest.giveWay('stalled');
    for (;;) {
      const { next } = this.#newestOlder;
      if (!next.item || now - next.item.openedAt < this.#patience.newFor) break;
      this.#newestOlder = next;
    }
    const newest = this.#newestOlder.item;
    if (newest) newest.giveWay('newest');
    else stalest.giveWay('all are new');
  }
}
