import { trimValue } from './canonical-request.js';
import { indexHeaders, type HeaderIndex, type WireRequest } from './wire-request.js';

/** Lines among which it is faster to look for the few names that are asked for than to index them all. */
const FEW = 50;

/** The header lines of one request, found by lower-case name. A name that is asked for is a token (RFC 9110). */
export class HeaderLines implements HeaderIndex {
  readonly #lines: WireRequest['headers'];
  readonly #index: HeaderIndex | undefined;

  constructor(lines: WireRequest['headers']) {
    this.#lines = lines;
    this.#index = lines.length > FEW ? indexHeaders(lines) : undefined;
  }

  get(name: string): readonly string[] | undefined {
    if (this.#index) return this.#index.get(name);
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
