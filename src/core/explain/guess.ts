import type { CanonicalParts } from '../scheme/canonical-parts.js';
import type { CanonicalRequestParts, PlusInQuery, QueryPair } from '../scheme/canonical-request.js';
import type { RawHeaders } from '../scheme/raw-headers.js';
import { canonicalHeadersOf } from '../scheme/signed-headers.js';

/** A received request whose signature does not match. Guesses are made from it. */
export interface SeenRequest {
  readonly parts: CanonicalParts;
  readonly sdkDate: string;
  readonly signature: string;
  /** The verified path: the option `pathPrefix`, then the received path, undecoded. */
  readonly path: string;
  /** The server's path prefix. Empty: none. */
  readonly pathPrefix: string;
  readonly query: string;
  /** The canonical forms of the query: one for each order that signers sort by, if the orders differ. */
  readonly canonicalQueries: readonly string[];
  readonly queryPairs: readonly QueryPair[];
  readonly plusInQuery: PlusInQuery;
  readonly headers: RawHeaders;
  /** The values of the signed headers, by name. */
  readonly signedValues: ReadonlyMap<string, string>;
  /** The body's text. Not set: its bytes are not at hand, are too many, or are not UTF-8. */
  readonly bodyText: string | undefined;
  /** The value of the parsed body. */
  readonly json: unknown;
  readonly pathPrefixes: readonly string[];
  /** The secrets of the key that the request names. */
  readonly secrets: readonly string[];
  readonly secretsOfOthers: ReadonlyMap<string, readonly string[]>;
}

/** What may have been different when the request was signed. */
export interface Guess extends Partial<Pick<CanonicalRequestParts, 'method' | 'canonicalUri' | 'bodyHash'>> {
  readonly canonicalQuery?: string;
  /** Signed headers that had other values, by lower-case name. */
  readonly headers?: ReadonlyMap<string, string>;
  /** Whether the canonical URI had no slash at its end. */
  readonly isOpenEnded?: boolean;
  readonly secrets?: readonly string[];
  readonly sdkDate?: string;
  /** How this guess differs from others of its cause, in words. */
  readonly note?: string;
}

/** The first value of each of these headers, in their order. */
export function told(headers: RawHeaders, names: readonly string[]): string[] {
  return names.flatMap((name) => headers.first(name) ?? []);
}

/** The guess that a header had another value. There is no guess for an unsigned header. */
export function* headerGuess({ parts }: SeenRequest, name: string, value: string): Iterable<Guess> {
  if (parts.signedHeaders.includes(name)) yield { headers: new Map([[name, value]]) };
}

/** Two guesses in one. Returns nothing if both change the same part of the request. */
export function bothOf(one: Guess, other: Guess): Guess | undefined {
  const shared = Object.keys(other).filter((part) => part in one && part !== 'headers' && part !== 'note');
  const headers = new Map([...(one.headers ?? []), ...(other.headers ?? [])]);
  if (shared.length > 0 || headers.size < (one.headers?.size ?? 0) + (other.headers?.size ?? 0)) return undefined;
  const note = [one.note, other.note].filter((each) => each !== undefined).join(' ');
  return { ...one, ...other, ...(headers.size > 0 ? { headers } : {}), ...(note === '' ? {} : { note }) };
}

/**
 * The canonical requests of a guess, one for each order of the query. There are none if no header can have such a
 * value.
 */
export function* partsOf(seen: SeenRequest, guess: Guess): Iterable<CanonicalRequestParts> {
  const { method = seen.parts.method, bodyHash = seen.parts.bodyHash, canonicalUri = seen.parts.canonicalUri } = guess;
  const { signedHeaders } = seen.parts;
  const canonicalHeaders = guess.headers ? headersWith(seen, guess.headers) : seen.parts.canonicalHeaders;
  if (canonicalHeaders === undefined) return;
  const uri = guess.isOpenEnded ? canonicalUri.replace(/\/$/, '') : canonicalUri;
  for (const query of guess.canonicalQuery === undefined ? seen.canonicalQueries : [guess.canonicalQuery]) {
    yield { method, canonicalUri: uri, canonicalQuery: query, canonicalHeaders, signedHeaders, bodyHash };
  }
}

function headersWith({ signedValues }: SeenRequest, others: ReadonlyMap<string, string>) {
  const values = Array.from(signedValues, ([name, value]) => others.get(name) ?? value);
  return canonicalHeadersOf({ names: [...signedValues.keys()], values });
}
