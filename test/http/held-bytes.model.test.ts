import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldBytes, type HeldShare } from '../../src/http/held-bytes.js';

type Step =
  | { readonly do: 'open' }
  | { readonly do: 'set'; readonly at: number; readonly bytes: number }
  | { readonly do: 'settle' | 'close'; readonly at: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('open' as const) }),
  fc.record({ do: fc.constant('set' as const), at: fc.nat(9), bytes: fc.nat(60) }),
  fc.record({ do: fc.constantFrom('settle', 'close'), at: fc.nat(9) }),
);

const CLOSED = { bytes: 0, waits: false, isOpen: false };

/** The rule, in plain words: whoever has waited longest goes, until what is left fits, or nobody waits any more. */
class Model {
  readonly shares: { bytes: number; waits: boolean; isOpen: boolean; sentAway: boolean }[] = [];
  total = () => this.shares.reduce((sum, { bytes }) => sum + bytes, 0);

  apply(each: Step, limit: number): void {
    if (each.do === 'open') this.shares.push({ bytes: 0, waits: true, isOpen: true, sentAway: false });
    const share = 'at' in each ? this.shares[each.at] : undefined;
    if (!share?.isOpen) return;
    if (each.do === 'settle') share.waits = false;
    if (each.do === 'close') Object.assign(share, CLOSED);
    if (each.do !== 'set') return;
    share.bytes = each.bytes;
    for (const longest of this.shares) {
      if (this.total() > limit && longest.waits) Object.assign(longest, CLOSED, { sentAway: true });
    }
  }
}

describe('HeldBytes', () => {
  it('does what the plain rule says, whatever happens in whichever order', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const held = new HeldBytes(limit);
        const model = new Model();
        const shares: HeldShare[] = [];
        const sentAway: number[] = [];
        for (const each of steps) {
          model.apply(each, limit);
          const position = shares.length;
          if (each.do === 'open') shares.push(held.open(() => sentAway.push(position)));
          else if (each.do === 'set') shares[each.at]?.set(each.bytes);
          else shares[each.at]?.[each.do]();
          expect(held.total).toBe(model.total());
          const expected = model.shares.flatMap((share, at) => (share.sentAway ? [at] : []));
          expect([...sentAway].sort((a, b) => a - b)).toEqual(expected);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
