/** Milliseconds in which the memory of those who were sent away fades to a third. */
const FADES_IN = 10_000;
/** Seconds. */
const LEAST_SPREAD = 5;
const MOST_SPREAD = 30;
/** This many who were sent away lately make the spread a second longer. */
const CROWD = 16;

/**
 * When a request that was sent away may come again. The time is random, so that they do not all come back together. The
 * more were sent away in the last ten seconds, the later it is: otherwise most of them would be sent away again.
 */
export class RetryAfter {
  readonly #now: () => number;
  readonly #random: () => number;
  #crowd = 0;
  #at = 0;

  /** `now` tells the time in milliseconds; `random` gives numbers from 0 to 1. */
  constructor(now = (): number => performance.now(), random: () => number = Math.random) {
    this.#now = now;
    this.#random = random;
  }

  /** Seconds for one that is sent away now: whole ones, from 1 to 30. */
  seconds(): number {
    const now = this.#now();
    this.#crowd = this.#crowd * Math.exp((this.#at - now) / FADES_IN) + 1;
    this.#at = now;
    const spread = Math.min(LEAST_SPREAD + Math.floor(this.#crowd / CROWD), MOST_SPREAD);
    return 1 + Math.floor(this.#random() * spread);
  }
}
