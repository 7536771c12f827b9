import { refuseOlder, type OlderSignatures, type ReplayStore } from './replay.store.js';
import { ACCEPT_OR_REFUSE, checkOptions, isFunction, type OptionRule } from '../check-options.js';

/** The options of a {@link MemoryReplayStore}. */
export interface MemoryReplayStoreOptions {
  /**
   * Signatures that may be kept at one time, 1 to 16,777,216; further ones are refused. Not set: 1,000,000, which take
   * up to 90 MB, and are reached by some 1,000 writes a second, each kept for 16 minutes.
   */
  readonly maxEntries?: number | undefined;
  /**
   * Signatures from before this store was made, that is from before a restart. Not set: `'accept'`; then what passed
   * shortly before a restart can pass once more after it.
   */
  readonly olderSignatures?: OlderSignatures | undefined;
  /** The clock: milliseconds since 1970. Not set: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** As many as a Set of V8 can hold. */
const MOST_ENTRIES = 2 ** 24;

const RULES: Record<keyof MemoryReplayStoreOptions, OptionRule> = {
  maxEntries: [
    `a whole number, 1 to ${MOST_ENTRIES}`,
    (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_ENTRIES,
  ],
  olderSignatures: ACCEPT_OR_REFUSE,
  now: ['a function', isFunction],
};

/** Milliseconds for which signatures leave together. */
const PERIOD = 60_000;

/**
 * A replay store in the memory of one process: other processes, and the next one after a restart, know nothing of what
 * it has seen. It answers at once.
 *
 * It is bounded: when it is full it throws, and requests are refused, until entries leave. Each leaves in the minute
 * after its lifetime, when the store is next asked. An entry takes 70 to 90 bytes (Node 20).
 */
export class MemoryReplayStore implements ReplayStore {
  readonly #maxEntries: number;
  readonly #olderSignatures: OlderSignatures | undefined;
  readonly #now: () => number;
  readonly #birth: number;
  /** Signatures by the end of the period in which they leave: a few dozen sets, each dropped as a whole. */
  readonly #leaving = new Map<number, Set<string>>();

  /** Throws a TypeError for wrong options. */
  constructor(options: MemoryReplayStoreOptions = {}) {
    checkOptions(options, RULES);
    this.#maxEntries = options.maxEntries ?? 1_000_000;
    this.#olderSignatures = options.olderSignatures;
    this.#now = options.now ?? Date.now;
    this.#birth = this.#now();
  }

  /** Signatures that are kept at present. */
  get size(): number {
    return sizeOf(this.#periods(this.#now()));
  }

  /** See {@link ReplayStore.reserve}. Throws an Error when the store is full, or cannot tell; a TypeError for no signature. */
  reserve(signature: string, lifetime: number, date: Date): boolean {
    refuseOlder(this.#olderSignatures, this.#birth, date);
    const entry = compact(signature);
    const now = this.#now();
    const end = Math.ceil((now + lifetime) / PERIOD) * PERIOD;
    if (!(lifetime > 0 && end > now)) throw new Error(`cannot keep a signature for ${lifetime} ms from ${now} on`);
    const periods = this.#periods(now);
    if (periods.some((period) => period.has(entry))) return false;
    if (sizeOf(periods) >= this.#maxEntries) {
      throw new Error(`the memory store is full, with ${this.#maxEntries} signatures`);
    }
    const period = this.#leaving.get(end) ?? new Set();
    this.#leaving.set(end, period.add(entry));
    return true;
  }

  /** The periods that are not over. */
  #periods(now: number): Set<string>[] {
    for (const end of this.#leaving.keys()) {
      if (end <= now) this.#leaving.delete(end);
    }
    return [...this.#leaving.values()];
  }
}

function sizeOf(periods: readonly Set<string>[]): number {
  return periods.reduce((sum, { size }) => sum + size, 0);
}

/** A signature as a text of 32 bytes, and a new one: a slice of a header would keep all of the header in memory. */
function compact(signature: string): string {
  if (!/^[0-9a-f]{64}$/.test(signature)) throw new TypeError('signature: expected 64 lower-case hex digits');
  return Buffer.from(signature, 'hex').toString('latin1');
}
