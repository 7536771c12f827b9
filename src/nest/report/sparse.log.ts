/** Milliseconds for which a thing that was said often enough is not said again. */
const INTERVAL = 60_000;

/**
 * Says a thing of each kind at once, and from then on at most `most` times a minute. The others are counted, and the
 * next line of their kind says how many there were.
 */
export class SparseLog {
  readonly #kinds = new Map<string, { until: number; said: number; unsaid: number }>();
  readonly #say: (line: string) => void;
  readonly #most: number;

  constructor(say: (line: string) => void, most = 1) {
    this.#say = say;
    this.#most = most;
  }

  /** `kind` is kept for good: nothing that requests can make as many of as they like. */
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
