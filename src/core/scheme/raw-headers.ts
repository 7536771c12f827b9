import { trimValue } from './canonical-request.js';
import type { WireRequest } from './wire-request.js';

/** The trimmed value of a header that came once, or the values of a header that came several times. */
export type HeaderValue = string | readonly string[];

/** The headers of one request as they came, found by lower-case name. Ask only for names that are tokens (RFC 9110). */
export class RawHeaders {
  /** Name and value in turn, as in Node's `rawHeaders`. */
  constructor(readonly raw: readonly string[]) {}

  static of(headers: WireRequest['headers']): RawHeaders {
    const raw: string[] = [];
    for (const [name, value] of headers) raw.push(name, value);
    return new RawHeaders(raw);
  }

  get(name: string): HeaderValue | undefined {
    const { raw } = this;
    let first: string | undefined;
    let all: string[] | undefined;
    for (let at = 0; at < raw.length; at += 2) {
      const each = raw[at]!;
      if (each.length !== name.length || each.toLowerCase() !== name) continue;
      const value = trimValue(raw[at + 1]!);
      if (first === undefined) first = value;
      else (all ??= [first]).push(value);
    }
    return all ?? first;
  }
}
