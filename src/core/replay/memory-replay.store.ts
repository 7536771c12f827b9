import { refuseOlder, type OlderSignatures, type ReplayStore } from './replay.store.js';
import { ACCEPT_OR_REFUSE, checkOptions, isFunction, type OptionRule } from '../check-options.js';

/**
 * The options of a {@link MemoryReplayStore}.
 *
 * @category Replay protection
 */
export interface MemoryReplayStoreOptions {
  /**
   * Signatures that may be kept at one time, 1 to 16,777,216; further ones are refused. Default: 1,000,000. They take
   * up to 90 MB. About 1,000 requests a second, each kept for 16 minutes, reach this number.
   */
  readonly maxEntries?: number | undefined;
  /**
   * What to do with signatures that are dated before this store was made, which means before a restart. Default:
   * `'accept'`. Then a signature that passed shortly before a restart can pass once more after it.
   */
  readonly olderSignatures?: OlderSignatures | undefined;
  /** The clock: milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/** The most entries that a Set of V8 can hold. */
const MOST_ENTRIES = 2 ** 24;

const RULES: Record<keyof MemoryReplayStoreOptions, OptionRule> = {
  maxEntries: [
    `a whole number, 1 to ${MOST_ENTRIES}`,
    (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_ENTRIES,
  ],
  olderSignatures: ACCEPT_OR_REFUSE,
  now: ['a function', isFunction],
};

/** Milliseconds of a period: signatures whose lifetimes end in one period leave together. */
const PERIOD = 1000;

/** Sets that the signatures are distributed over. A Set that grows is copied, and a small one is copied quickly. */
const SHARDS = 256;

/**
 * A replay store in the memory of one process. Other processes, and the same application after a restart, do not know
 * its signatures. It answers at once.
 *
 * It is bounded: a full store throws, so that requests are refused, until entries leave. An entry leaves in the second
 * after its lifetime, when the store is next asked. An entry takes 80 to 90 bytes (Node 20).
 *
 * @example
 * ```ts
 * const replayStore = new MemoryReplayStore({ maxEntries: 200_000, olderSignatures: 'refuse' });
 * export const signatures = ApigSignatureModule.forRoot({ replayProtection: true, replayStore });
 * ```
 * @category Replay protection
 */
export class MemoryReplayStore implements ReplayStore {
  readonly #maxEntries: number;
  readonly #olderSignatures: OlderSignatures | undefined;
  readonly #now: () => number;
  readonly #createdAt: number;
  readonly #shards = Array.from({ length: SHARDS }, () => new Set<string>());
  /** The same signatures by the end of the period in which they leave. */
  readonly #leaving = new Map<number, string[]>();
  /** The end of the period in which the first of them leave. */
  #nextEnd = Infinity;
  #size = 0;

  /** Throws a TypeError for wrong options. */
  constructor(options: MemoryReplayStoreOptions = {}) {
    checkOptions(options, RULES);
    this.#maxEntries = options.maxEntries ?? 1_000_000;
    this.#olderSignatures = options.olderSignatures;
    this.#now = options.now ?? Date.now;
    this.#createdAt = this.#now();
  }

  /** The number of signatures that are kept at present. */
  get size(): number {
    this.#forget(this.#now());
    return this.#size;
  }

  /**
   * See {@link ReplayStore.reserve}. Throws an Error if the store is full or cannot tell, and a TypeError if the text
   * is not 64 lower-case hex digits.
   */
  reserve(signature: string, lifetime: number, date: Date): boolean {
    refuseOlder(this.#olderSignatures, this.#createdAt, date);
    const entry = compact(signature);
    const now = this.#now();
    const end = Math.ceil((now + lifetime) / PERIOD) * PERIOD;
    if (!(lifetime > 0 && end > now)) throw new Error(`cannot keep a signature for ${lifetime} ms from ${now} on`);
    this.#forget(now);
    const shard = this.#shardOf(entry);
    if (shard.has(entry)) return false;
    if (this.#size >= this.#maxEntries) {
      throw new Error(`the memory store is full, with ${this.#maxEntries} signatures`);
    }
    shard.add(entry);
    this.#size++;
    const period = this.#leaving.get(end);
    if (period) period.push(entry);
    else this.#leaving.set(end, [entry]);
    this.#nextEnd = Math.min(this.#nextEnd, end);
    return true;
  }

  /** Removes the signatures of the periods that are over. */
  #forget(now: number): void {
    if (!(now >= this.#nextEnd)) return; // written so that nothing is forgotten if the clock gives NaN
    let nextEnd = Infinity;
    for (const [end, period] of this.#leaving) {
      if (end > now) {
        nextEnd = Math.min(nextEnd, end);
        continue;
      }
      this.#leaving.delete(end);
      this.#size -= period.length;
      for (const entry of period) this.#shardOf(entry).delete(entry);
    }
    this.#nextEnd = nextEnd;
  }

  /** Signatures are distributed evenly, so their first byte chooses the shard. */
  #shardOf(entry: string): Set<string> {
    return this.#shards[entry.charCodeAt(0) % SHARDS]!;
  }
}

/** A signature as a new text of 32 bytes. A slice of a header would keep the whole header in memory. */
function compact(signature: string): string {
  if (!/^[0-9a-f]{64}$/.test(signature)) throw new TypeError('signature: expected 64 lower-case hex digits');
  return Buffer.from(signature, 'hex').toString('latin1');
}
