/** Milliseconds in which the count of recent refusals falls to about a third. */
const FADES_IN = 10_000;
/** Seconds. */
const LEAST_SPREAD = 5;
const MOST_SPREAD = 30;
/** This many recent refusals make the spread a second longer. */
const REFUSALS_PER_SECOND = 16;

/**
 * When a client may send a refused request again. The time is random, so that the clients do not all come back together.
 * The more requests were refused in the last ten seconds, the later it is: otherwise most would be refused again.
 */
export class RetryAfter {
  readonly #now: () => number;
  readonly #random: () => number;
  #recentRefusals = 0;
  #at = 0;

  /** `now` tells the time in milliseconds; `random` gives numbers from 0 to 1. */
  constructor(now = (): number => performance.now(), random: () => number = Math.random) {
    this.#now = now;
    this.#random = random;
  }

  /** Seconds for a request that is refused now: whole seconds, from 1 to 30. */
  seconds(): number {
    const now = this.#now();
    this.#recentRefusals = this.#recentRefusals * Math.exp((this.#at - now) / FADES_IN) + 1;
    this.#at = now;
    const spread = Math.min(LEAST_SPREAD + Math.floor(this.#recentRefusals / REFUSALS_PER_SECOND), MOST_SPREAD);
    return 1 + Math.floor(this.#random() * spread);
  }
}
