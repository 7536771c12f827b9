import type { BodyTap } from './body-capture.js';

/** What somebody remembers of a request, and what others did before. */
export interface TapNote {
  readonly owner: object;
  value: unknown;
  readonly earlier: TapNote | undefined;
}

/**
 * Remembers a value for each request, on its tap: what a framework has made of Node's request takes new fields badly.
 * The notes are a chain, as there are seldom more than two.
 */
export class TapMemory<T> {
  get(tap: BodyTap): T | undefined {
    return this.#noteOn(tap)?.value as T | undefined;
  }

  set(tap: BodyTap, value: T): void {
    const note = this.#noteOn(tap);
    if (note) note.value = value;
    else tap.lastNote = { owner: this, value, earlier: tap.lastNote };
  }

  #noteOn(tap: BodyTap): TapNote | undefined {
    let note = tap.lastNote;
    while (note && note.owner !== this) note = note.earlier;
    return note;
  }
}
