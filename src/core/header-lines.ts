import { trimValue } from './canonical-request.js';
import { indexHeaders, type HeaderIndex, type WireRequest } from './wire-request.js';

/** Lines that are looked at before an index pays. */
const MOST_LOOKS = 2000;

/**
 * The header lines of one request, for the few names that a verification asks for: it looks through the lines, which
 * takes less time than to index them all. Of a request with so many lines, or names, that it takes more, it makes the
 * index.
 */
export class HeaderLines implements HeaderIndex {
  readonly #lines: WireRequest['headers'];
  #looks = 0;
  #index: HeaderIndex | undefined;

  constructor(lines: WireRequest['headers']) {
    this.#lines = lines;
  }

  /** Of a name that is a token (RFC 9110), in lower case: no other could be asked for. */
  get(name: string): readonly string[] | undefined {
    this.#looks += this.#lines.length;
    if (this.#looks > MOST_LOOKS) return (this.#index ??= indexHeaders(this.#lines)).get(name);
    let values: string[] | undefined;
    for (const line of this.#lines) {
      if (line[0].length !== name.length || line[0].toLowerCase() !== name) continue;
      if (values) values.push(trimValue(line[1]));
      else values = [trimValue(line[1])];
    }
    return values;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }
}
