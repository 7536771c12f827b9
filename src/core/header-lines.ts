import { trimValue } from './canonical-request.js';
import type { WireRequest } from './wire-request.js';

/** The trimmed value of a header that came on one line, those of one that came on several. */
export type HeaderValue = string | readonly string[];

/** Lines among which it is faster to look for the few names that are asked for than to index them all. */
const FEW = 50;

/** The header lines of one request, found by lower-case name. A name that is asked for is a token (RFC 9110). */
export class HeaderLines {
  readonly #lines: readonly string[];
  readonly #index: ReadonlyMap<string, HeaderValue> | undefined;

  /** The lines as in Node's `rawHeaders`: name and value in turn. */
  constructor(lines: readonly string[]) {
    this.#lines = lines;
    this.#index = lines.length > 2 * FEW ? indexed(lines) : undefined;
  }

  static of(headers: WireRequest['headers']): HeaderLines {
    const lines: string[] = [];
    for (const [name, value] of headers) lines.push(name, value);
    return new HeaderLines(lines);
  }

  get(name: string): HeaderValue | undefined {
    if (this.#index) return this.#index.get(name);
    const lines = this.#lines;
    let found: string | string[] | undefined;
    for (let at = 0; at < lines.length; at += 2) {
      const each = lines[at]!;
      if (each.length === name.length && each.toLowerCase() === name) found = withLine(found, lines[at + 1]!);
    }
    return found;
  }
}

function indexed(lines: readonly string[]): ReadonlyMap<string, HeaderValue> {
  const index = new Map<string, string | string[]>();
  for (let at = 0; at < lines.length; at += 2) {
    const name = lines[at]!.toLowerCase();
    index.set(name, withLine(index.get(name), lines[at + 1]!));
  }
  return index;
}

function withLine(found: string | string[] | undefined, line: string): string | string[] {
  const value = trimValue(line);
  if (found === undefined) return value;
  if (typeof found === 'string') return [found, value];
  found.push(value);
  return found;
}
