import { trimValue } from '../scheme/canonical-request.js';
import type { HeaderValue, RawHeaders } from '../scheme/raw-headers.js';

/** Lower-case header names, each once. One pass over the headers of a request finds their values. */
export class HeaderNames {
  /** The place of each name in the list, by the name's length: most headers of a request have another length. */
  readonly #places: Map<string, number>[] = [];

  constructor(readonly list: readonly string[]) {
    for (const [place, name] of list.entries()) {
      (this.#places[name.length] ??= new Map<string, number>()).set(name, place);
    }
  }

  /** The same values as `list.map((name) => headers.get(name))`. */
  valuesIn({ raw }: RawHeaders): (HeaderValue | undefined)[] {
    const found = this.list.map((): string | string[] | undefined => undefined);
    for (let at = 0; at < raw.length; at += 2) {
      const name = raw[at]!;
      const place = this.#places[name.length]?.get(name.toLowerCase());
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
