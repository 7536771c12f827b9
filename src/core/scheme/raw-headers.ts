import { trimValue } from './canonical-request.js';
import type { WireRequest } from './wire-request.js';

/** The trimmed value of a header that came once, or the values of a header that came several times. */
export type HeaderValue = string | readonly string[];

/** Lower-case header names, each once, with the place of each. */
export class HeaderNames {
  readonly #places: ReadonlyMap<string, number>;

  constructor(readonly list: readonly string[]) {
    this.#places = new Map(list.map((name, place) => [name, place]));
  }

  /** The place of a name in the list, whatever its case. Returns nothing for a name that is not there. */
  placeOf(name: string): number | undefined {
    return this.#places.get(name.toLowerCase());
  }
}

/** The headers of one request as they came, found by lower-case name. A wanted name is a token (RFC 9110). */
export class RawHeaders {
  readonly #raw: readonly string[];

  /** `raw` is of the form of Node's `rawHeaders`: name and value in turn. */
  constructor(raw: readonly string[]) {
    this.#raw = raw;
  }

  static of(headers: WireRequest['headers']): RawHeaders {
    const raw: string[] = [];
    for (const [name, value] of headers) raw.push(name, value);
    return new RawHeaders(raw);
  }

  get(name: string): HeaderValue | undefined {
    const raw = this.#raw;
    let found: string | string[] | undefined;
    for (let at = 0; at < raw.length; at += 2) {
      const each = raw[at]!;
      if (each.length === name.length && each.toLowerCase() === name) found = withValue(found, raw[at + 1]!);
    }
    return found;
  }

  /** The values that `get` finds for each of the names, in the order of the names. One pass over the headers. */
  getAll(names: HeaderNames): (HeaderValue | undefined)[] {
    const raw = this.#raw;
    const found = names.list.map((): string | string[] | undefined => undefined);
    for (let at = 0; at < raw.length; at += 2) {
      const place = names.placeOf(raw[at]!);
      if (place !== undefined) found[place] = withValue(found[place], raw[at + 1]!);
    }
    return found;
  }
}

function withValue(found: string | string[] | undefined, raw: string): string | string[] {
  const value = trimValue(raw);
  if (found === undefined) return value;
  if (typeof found === 'string') return [found, value];
  found.push(value);
  return found;
}
