/** Milliseconds of the interval in which lines of one kind are limited. */
const INTERVAL = 60_000;

/**
 * Writes the first line of each kind at once, and at most `most` lines of a kind in a minute. Further lines are
 * counted, and the next line of their kind says how many they were.
 */
export class SparseLog {
  readonly #kinds = new Map<string, { until: number; said: number; unsaid: number }>();
  readonly #say: (line: string) => void;
  readonly #most: number;

  constructor(say: (line: string) => void, most = 1) {
    this.#say = say;
    this.#most = most;
  }

  /** Each `kind` stays in memory. Never build it from request data. */
  say(kind: string, line: () => string): void {
    const now = performance.now();
    let state = this.#kinds.get(kind);
    if (state && now < state.until && state.said >= this.#most) {
      state.unsaid += 1;
      return;
    }
    const unsaid = state?.unsaid ?? 0;
    if (!state || now >= state.until) state = { until: now + INTERVAL, said: 0, unsaid: 0 };
    state.said += 1;
    this.#kinds.set(kind, state);
    this.#say(unsaid > 0 ? `${line()} (and ${unsaid} more such since this was said last)` : line());
  }
}
