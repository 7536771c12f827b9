import {
  byBytes,
  canonicalQuery,
  percentDecode,
  percentEncode,
  queryPairs,
  type QueryPair,
} from '../scheme/canonical-request.js';
import type { Guess, SeenRequest } from './guess.js';

/** The query before a proxy decoded it. Or the signer encoded an encoded query once more. */
export function* queryEncoded({ query }: SeenRequest): Iterable<Guess> {
  yield* guessOf(queryPairs(query.replaceAll('%', '%25'), 'literal'));
}

/** The query before a proxy encoded it once more. */
export function* queryDecoded({ queryPairs: pairs }: SeenRequest): Iterable<Guess> {
  const decoded = pairs.map((pair) => pair.map(percentDecode));
  if (decoded.flat().every((text) => text !== undefined)) yield* guessOf(decoded as unknown as QueryPair[]);
}

/**
 * The unsorted query, encoded again or as it is. Also the query sorted in other ways than by name and then by value.
 */
export function* queryUnsorted({ query, queryPairs: pairs }: SeenRequest): Iterable<Guess> {
  yield { canonicalQuery: written(pairs) };
  yield { canonicalQuery: query };
  const orders: ((a: QueryPair, b: QueryPair) => number)[] = [
    ([a], [b]) => byBytes(a, b),
    (a, b) => byNumbers(a[0], b[0]) || byNumbers(a[1], b[1]),
    ([a], [b]) => byNumbers(a, b),
    ([a], [b]) => byBytes(a.toLowerCase(), b.toLowerCase()),
    (a, b) => byBytes(a.join('='), b.join('=')),
  ];
  for (const order of orders) yield { canonicalQuery: written(pairs.toSorted(order)) };
}

/** The sorted query in other spellings: as a form, as JavaScript writes it, with escapes in small letters. */
export function* queryMiswritten({ canonicalQueries: [canonical = ''], query }: SeenRequest): Iterable<Guess> {
  yield { canonicalQuery: canonical.replaceAll('%20', '+') };
  yield { canonicalQuery: canonical.replaceAll('%20', '+').replaceAll('~', '%7E').replaceAll('%2A', '*') };
  yield { canonicalQuery: canonical.replace(/%(?:21|27|28|29|2A)/g, (escape) => percentDecode(escape)!) };
  yield { canonicalQuery: canonical.replace(/%../g, (escape) => escape.toLowerCase()) };
  yield { canonicalQuery: percentDecode(canonical)! };
  yield { canonicalQuery: canonical.replace(/=(?=&|$)/g, '') };
  yield { canonicalQuery: query.split('&').sort(byBytes).join('&') };
}

/** No query, and the query without its last piece, because a proxy may have added it. */
export function* queryShorter({ query, plusInQuery }: SeenRequest): Iterable<Guess> {
  yield { canonicalQuery: '' };
  yield* guessOf(queryPairs(query.slice(0, Math.max(0, query.lastIndexOf('&'))), plusInQuery));
}

/** The query with `+` read the other way. */
export function* plusReread({ query, plusInQuery }: SeenRequest): Iterable<Guess> {
  yield* guessOf(queryPairs(query, plusInQuery === 'space' ? 'literal' : 'space'));
}

const NUMBER = /^ *[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)? *$/i;

/** Orders texts as PHP does: by their values, if both look like numbers. */
function byNumbers(a: string, b: string): number {
  return NUMBER.test(a) && NUMBER.test(b) ? Number(a) - Number(b) : byBytes(a, b);
}

function written(pairs: readonly QueryPair[]): string {
  return pairs.map((pair) => pair.map(percentEncode).join('=')).join('&');
}

function* guessOf(pairs: readonly QueryPair[] | undefined): Iterable<Guess> {
  if (pairs) yield { canonicalQuery: canonicalQuery(pairs) };
}
