/** What an option must be: in words, and as a test. */
export type OptionRule = readonly [expected: string, isRight: (value: unknown) => boolean];

// The comparison is false for NaN.
export const isLimit = (value: unknown) => typeof value === 'number' && value >= 0 && value < Infinity;
export const isPositive = (value: unknown) => isLimit(value) && value !== 0;
export const isFunction = (value: unknown) => typeof value === 'function';

export const BOOLEAN: OptionRule = ['true or false', (value) => typeof value === 'boolean'];
export const FUNCTION: OptionRule = ['a function', isFunction];

export const ACCEPT_OR_REFUSE: OptionRule = [
  "'accept' or 'refuse'",
  (value) => value === 'accept' || value === 'refuse',
];

/** A frozen copy with frozen copies of its lists. A later change of the original does not reach it. */
export function frozenOptions<T extends object>(options: T): Readonly<T> {
  const entries = Object.entries(options).map(([name, value]: [string, unknown]) => [
    name,
    Array.isArray(value) ? Object.freeze([...(value as unknown[])]) : value,
  ]);
  return Object.freeze(Object.fromEntries(entries) as T);
}

/** Throws a TypeError for options that are not an object. */
export function checkIsObject(options: unknown): asserts options is object {
  if (typeof options !== 'object' || options === null) throw new TypeError('options: expected an object');
}

/** Throws a TypeError that names the first unknown or wrong option. `undefined` means not set. */
export function checkOptions(options: unknown, rules: Readonly<Record<string, OptionRule>>): void {
  checkIsObject(options);
  const ruleOf = new Map(Object.entries(rules));
  for (const [name, value] of Object.entries(options)) {
    const rule = ruleOf.get(name);
    if (!rule) throw new TypeError(`${name}: no such option; there are ${[...ruleOf.keys()].join(', ')}`);
    const [expected, isRight] = rule;
    if (value !== undefined && !isRight(value)) throw new TypeError(`${name}: expected ${expected}`);
  }
}
