import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldBytes, type HeldShare, type Patience } from '../../src/http/held-bytes.js';

const PATIENCE: Patience = { stalledAfter: 10, progress: 1 / 4, newFor: 4 };

type Step =
  | { readonly do: 'open' }
  | { readonly do: 'set'; readonly at: number; readonly bytes: number }
  | { readonly do: 'settle' | 'close'; readonly at: number }
  | { readonly do: 'pass time'; readonly milliseconds: number };

const at = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('open' as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), at, bytes: fc.nat(60) }) },
  fc.record({ do: fc.constantFrom('settle', 'close'), at }),
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass time' as const), milliseconds: fc.constantFrom(1, 4, 7) }),
  },
);

const CLOSED = { bytes: 0, waits: false, isOpen: false };

/** One that waits, in the model. `progress` counts up: the order in which waiters made it. */
interface Modelled {
  bytes: number;
  waits: boolean;
  isOpen: boolean;
  sentAway: boolean;
  readonly openedAt: number;
  progressBytes: number;
  progressAt: number;
  progress: number;
}

/** The rule in plain words: each time it asks all that wait. */
class Model {
  readonly shares: Modelled[] = [];
  now = 0;
  #progress = 0;
  total = () => this.shares.reduce((sum, { bytes }) => sum + bytes, 0);
  waiting = () => this.shares.filter(({ waits }) => waits);

  apply(each: Step, limit: number): void {
    if (each.do === 'pass time') this.now += each.milliseconds;
    if (each.do === 'open') this.#open();
    const share = 'at' in each ? this.shares[each.at] : undefined;
    if (!share?.isOpen) return;
    if (each.do === 'settle') share.waits = false;
    if (each.do === 'close') Object.assign(share, CLOSED);
    if (each.do !== 'set') return;
    this.#set(share, each.bytes);
    while (this.total() > limit && this.waiting().length > 0) {
      Object.assign(this.#leastLikely(), CLOSED, { sentAway: true });
    }
  }

  #open(): void {
    const progress = this.#progress++;
    const times = { openedAt: this.now, progressAt: this.now };
    this.shares.push({ bytes: 0, waits: true, isOpen: true, sentAway: false, progressBytes: 0, progress, ...times });
  }

  #set(share: Modelled, bytes: number): void {
    share.bytes = bytes;
    if (bytes < share.progressBytes) share.progressBytes = bytes;
    if (bytes - share.progressBytes <= bytes * PATIENCE.progress) return;
    Object.assign(share, { progressBytes: bytes, progressAt: this.now, progress: this.#progress++ });
  }

  #leastLikely(): Modelled {
    const [stalest] = this.waiting().sort((a, b) => a.progress - b.progress);
    if (this.now - stalest!.progressAt >= PATIENCE.stalledAfter) return stalest!;
    const grown = this.waiting().filter(({ openedAt }) => this.now - openedAt >= PATIENCE.newFor);
    return grown.at(-1) ?? stalest!;
  }
}

describe('HeldBytes', () => {
  it('behaves like a plain model, for any order of events', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.array(step, { minLength: 30, maxLength: 60, size: 'max' }), (limit, steps) => {
        const model = new Model();
        const held = new HeldBytes(limit, () => model.now, PATIENCE);
        const shares: HeldShare[] = [];
        const sentAway: number[] = [];
        for (const each of steps) {
          model.apply(each, limit);
          const position = shares.length;
          if (each.do === 'open') shares.push(held.open(() => sentAway.push(position)));
          else if (each.do === 'set') shares[each.at]?.set(each.bytes);
          else if (each.do !== 'pass time') shares[each.at]?.[each.do]();
          expect(held.total).toBe(model.total());
          expect(held.waiting).toBe(model.waiting().length);
          const expected = model.shares.flatMap((share, at) => (share.sentAway ? [at] : []));
          expect([...sentAway].sort((a, b) => a - b)).toEqual(expected);
          expect(held.sentAway).toBe(expected.length);
        }
        for (const share of shares) share.close();
        expect(held.total).toBe(0);
        expect(held.waiting).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });
});
