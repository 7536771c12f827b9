import { trimValue } from '../scheme/canonical-request.js';
import type { WireRequest } from '../scheme/wire-request.js';

/** The trimmed value of a header that came on one line, those of one that came on several. */
export type HeaderValue = string | readonly string[];

/** Lower-case header names, each once, to be found among a request's lines in one pass. */
export class HeaderNames {
  /** The place of each in the list: by its length first, for which most lines can be passed over. */
  readonly #places: Map<string, number>[] = [];

  constructor(readonly list: readonly string[]) {
    for (const [place, name] of list.entries())
      (this.#places[name.length] ??= new Map<string, number>()).set(name, place);
  }

  /** The place in the list of the name on a line; nothing if it is not there. */
  placeOf(name: string): number | undefined {
    return this.#places[name.length]?.get(name.toLowerCase());
  }
}

/** The header lines of one request, found by lower-case name. A name that is asked for is a token (RFC 9110). */
export class HeaderLines {
  readonly #lines: readonly string[];

  /** The lines as in Node's `rawHeaders`: name and value in turn. */
  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  static of(headers: WireRequest['headers']): HeaderLines {
    const lines: string[] = [];
    for (const [name, value] of headers) lines.push(name, value);
    return new HeaderLines(lines);
  }

  get(name: string): HeaderValue | undefined {
    const lines = this.#lines;
    let found: string | string[] | undefined;
    for (let at = 0; at < lines.length; at += 2) {
      const each = lines[at]!;
      if (each.length === name.length && each.toLowerCase() === name) found = withLine(found, lines[at + 1]!);
    }
    return found;
  }

  /** What `get` gives for each of the names, in their order. */
  getAll(names: HeaderNames): (HeaderValue | undefined)[] {
    const lines = this.#lines;
    const found = names.list.map((): string | string[] | undefined => undefined);
    for (let at = 0; at < lines.length; at += 2) {
      const place = names.placeOf(lines[at]!);
      if (place !== undefined) found[place] = withLine(found[place], lines[at + 1]!);
    }
    return found;
  }
}

function withLine(found: string | string[] | undefined, line: string): string | string[] {
  const value = trimValue(line);
  if (found === undefined) return value;
  if (typeof found === 'string') return [found, value];
  found.push(value);
  return found;
}
