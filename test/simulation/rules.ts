import { HeldBytes, type HeldShare, type Patience } from '../../src/http/held-bytes.js';
import { RetryAfter } from '../../src/http/retry-after.js';
import type { Account, Rule } from './overload.js';

/** A request that waits under one of the rules that were compared. These ask every waiter at the limit. */
class Waiter {
  bytes = 0;
  /** Bytes that came in this second and in the one before. */
  recentBytes = 0;
  readonly giveWay: () => void;

  constructor(giveWay: () => void) {
    this.giveWay = giveWay;
  }
}

/** Who of those that wait goes, the longest waiter first; nobody, if none does. */
type Choice = (waiting: readonly Waiter[]) => Waiter | undefined;

class PlainAccount implements Account {
  total = 0;
  readonly #waiting = new Set<Waiter>();
  readonly #limit: number;
  readonly #now: () => number;
  readonly #choose: Choice;
  #nextSecond = 0;

  constructor(limit: number, now: () => number, choose: Choice) {
    this.#limit = limit;
    this.#now = now;
    this.#choose = choose;
  }

  open(giveWay: () => void): HeldShare {
    const waiter = new Waiter(giveWay);
    this.#waiting.add(waiter);
    const settle = () => void this.#waiting.delete(waiter);
    const set = (bytes: number) => {
      waiter.recentBytes += Math.max(0, bytes - waiter.bytes);
      this.total += bytes - waiter.bytes;
      waiter.bytes = bytes;
      this.#makeRoom();
    };
    const close = () => {
      settle();
      set(0);
    };
    return { set, settle, close };
  }

  #makeRoom(): void {
    if (this.#now() >= this.#nextSecond) {
      this.#nextSecond = this.#now() + 1000;
      for (const waiter of this.#waiting) waiter.recentBytes /= 2;
    }
    while (this.total > this.#limit) {
      const leaving = this.#choose([...this.#waiting]);
      if (!leaving) return;
      this.#waiting.delete(leaving);
      this.total -= leaving.bytes;
      leaving.giveWay();
    }
  }
}

const longest: Choice = ([first]) => first;
const newest: Choice = (waiting) => waiting.at(-1);
const slowest: Choice = (waiting) =>
  waiting.reduce<Waiter | undefined>(
    (slow, each) => (slow && slow.recentBytes < each.recentBytes ? slow : each),
    undefined,
  );

const plain = (name: string, choose: Choice, retryAfter: Rule['retryAfter'] = growing): Rule => ({
  name,
  account: (limit, now) => new PlainAccount(limit, now, choose),
  retryAfter,
});

function oneToFive(_now: () => number, random: () => number): () => number {
  return () => 1 + Math.floor(random() * 5);
}

function growing(now: () => number, random: () => number): () => number {
  const retryAfter = new RetryAfter(now, random);
  return () => retryAfter.seconds();
}

/** The rule of `src`, with some of its constants changed. */
export function present(name: string, patience: Partial<Patience> = {}): Rule {
  return { name, account: (limit, now) => new HeldBytes(limit, now, patience), retryAfter: growing };
}

/** What was the rule first, two that are simpler than the present one, and the present one. */
export const RULES: readonly Rule[] = [
  plain('longest waiter', longest, oneToFive),
  plain('newest', newest),
  plain('lowest pace', slowest),
  present('present'),
];

/** The present rule with each constant halved and doubled. */
export const VARIATIONS: readonly Rule[] = [
  present('present'),
  present('stalled 2.5 s', { stalledAfter: 2500 }),
  present('stalled 10 s', { stalledAfter: 10_000 }),
  present('progress 1/64', { progress: 1 / 64 }),
  present('progress 1/16', { progress: 1 / 16 }),
  present('newFor 0.25 s', { newFor: 250 }),
  present('newFor 1 s', { newFor: 1000 }),
];
