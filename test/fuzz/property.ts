import fc from 'fast-check';

/** How often each outcome came up. */
export type Outcomes = Record<string, number>;

/** How many cases, and from which seed. Not set: 100, from a random one. */
export type Run = Pick<fc.Parameters<unknown>, 'numRuns' | 'seed'>;

/** Runs cases. Throws an Error, which tells the seed and the smallest case, for one that does not hold. */
export type Property = (run: Run) => Outcomes;

/** What must hold for every case: `check` throws for one that does not, and names the outcome of one that does. */
export function property<T>(cases: fc.Arbitrary<T>, check: (value: T) => string): Property {
  return (run) => {
    const outcomes = new Map<string, number>();
    const count = (value: T) => {
      const outcome = check(value);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    };
    fc.assert(fc.property(cases, count), run);
    return Object.fromEntries(outcomes);
  };
}
