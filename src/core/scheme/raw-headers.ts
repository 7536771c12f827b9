import { trimValue } from './canonical-request.js';
import type { WireRequest } from './wire-request.js';

/** The trimmed value of a header that came once, or the values of a header that came several times. */
export type HeaderValue = string | readonly string[];

/** The headers of one request as they came, found by lower-case name. Ask only for names that are tokens (RFC 9110). */
export class RawHeaders {
  /** Name and value in turn, as in Node's `rawHeaders`. */
  constructor(readonly raw: readonly string[]) {}

  /** Throws a TypeError for what is not pairs of text: a caller in JavaScript may give it. */
  static of(headers: WireRequest['headers']): RawHeaders {
    const raw: string[] = [];
    for (const pair of headers) {
      const name: unknown = pair[0]; // a pair that is taken apart takes a fifth longer
      const value: unknown = pair[1];
      if (typeof name !== 'string' || typeof value !== 'string') throw new TypeError('headers: expected pairs of text');
      raw.push(name, value);
    }
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

  /** The first value of a header. */
  first(name: string): string | undefined {
    return [this.get(name) ?? []].flat()[0];
  }
}
