import { refuseOlder, type OlderSignatures, type ReplayStore } from './replay.store.js';
import { ACCEPT_OR_REFUSE, checkOptions, isFunction, type OptionRule } from '../check-options.js';

/**
 * The options of a {@link MemoryReplayStore}.
 *
 * @category Replay protection
 */
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
const PERIOD = 1000;

/** Sets that share the signatures: a Set that grows copies itself, and a small one does so quickly. */
const SHARDS = 256;

/**
 * A replay store in the memory of one process: other processes, and the next one after a restart, know nothing of what
 * it has seen. It answers at once.
 *
 * It is bounded: when it is full it throws, and requests are refused, until entries leave. Each leaves in the second
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
  /** When the first of them leave. */
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

  /** Signatures that are kept at present. */
  get size(): number {
    this.#forget(this.#now());
    return this.#size;
  }

  /** See {@link ReplayStore.reserve}. Throws an Error when the store is full, or cannot tell; a TypeError for no signature. */
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

  /** Lets go of the periods that are over. */
  #forget(now: number): void {
    if (!(now >= this.#nextEnd)) return; // so that a clock without a time forgets nothing
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

/** A signature as a text of 32 bytes, and a new one: a slice of a header would keep all of the header in memory. */
function compact(signature: string): string {
  if (!/^[0-9a-f]{64}$/.test(signature)) throw new TypeError('signature: expected 64 lower-case hex digits');
  return Buffer.from(signature, 'hex').toString('latin1');
}
