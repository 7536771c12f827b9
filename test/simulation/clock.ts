/** Time that passes only when all that was to happen by then has happened, in milliseconds. */
export class Clock {
  now = 0;
  readonly #events = new Map<number, (() => void)[]>();

  after(milliseconds: number, event: () => void): void {
    const at = this.now + Math.max(0, Math.round(milliseconds));
    const events = this.#events.get(at);
    if (events) events.push(event);
    else this.#events.set(at, [event]);
  }

  runUntil(end: number): void {
    for (; this.now <= end; this.now++) {
      const events = this.#events.get(this.now) ?? [];
      // What an event adds for this very millisecond is in the list too.
      for (const event of events) event();
      this.#events.delete(this.now);
    }
  }
}

/** Numbers from 0 to 1, the same ones for a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
