/** One value that is kept with a request, and the values that other owners keep there. */
export interface StateEntry {
  readonly owner: object;
  value: unknown;
  readonly earlier: StateEntry | undefined;
}

/** What state can be kept on: the capture of a request. */
export interface StateCarrier {
  /** The start of the chain of entries. */
  lastEntry: StateEntry | undefined;
}

/**
 * Keeps one value for each request. The value lives on the request's capture, since an object that Express has changed
 * takes new fields slowly. The entries are a chain: a request seldom has more than two.
 */
export class RequestState<T> {
  get(carrier: StateCarrier): T | undefined {
    return this.#entryOn(carrier)?.value as T | undefined;
  }

  set(carrier: StateCarrier, value: T): void {
    const entry = this.#entryOn(carrier);
    if (entry) entry.value = value;
    else carrier.lastEntry = { owner: this, value, earlier: carrier.lastEntry };
  }

  #entryOn(carrier: StateCarrier): StateEntry | undefined {
    let entry = carrier.lastEntry;
    while (entry && entry.owner !== this) entry = entry.earlier;
    return entry;
  }
}
