/** Milliseconds for which a thing that was said is not said again. */
const INTERVAL = 60_000;

/** Says a thing of each kind at once, and from then on once a minute at the most, with how often it was not said. */
export class SparseLog {
  readonly #kinds = new Map<string, { until: number; unsaid: number }>();
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** `kind` is kept for good: nothing that requests can make as many of as they like. */
  say(kind: string, line: () => string): void {
    const last = this.#kinds.get(kind);
    const now = performance.now();
    if (last && now < last.until) {
      last.unsaid += 1;
      return;
    }
    this.#kinds.set(kind, { until: now + INTERVAL, unsaid: 0 });
    this.#say(last?.unsaid ? `${line()} (and ${last.unsaid} more such since this was said last)` : line());
  }
}
