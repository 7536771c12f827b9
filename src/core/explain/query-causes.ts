import { byBytes, canonicalQuery, percentDecode, queryPairs, type QueryPair } from '../scheme/canonical-request.js';
import type { Guess, SeenRequest } from './guess.js';

/** The query as it was before a proxy decoded it, or as a signer has it that encodes what is encoded. */
export function* queryEncoded({ query }: SeenRequest): Iterable<Guess> {
  yield* guessOf(queryPairs(query.replaceAll('%', '%25'), 'literal'));
}

/** The query as it was before a proxy encoded it once more. */
export function* queryDecoded({ queryPairs: pairs }: SeenRequest): Iterable<Guess> {
  const decoded = pairs.map((pair) => pair.map(percentDecode));
  if (decoded.flat().every((text) => text !== undefined)) yield* guessOf(decoded as unknown as QueryPair[]);
}

/** The query unsorted: encoded anew, or as it is; and sorted by names alone. */
export function* queryUnsorted({ query, queryPairs: pairs }: SeenRequest): Iterable<Guess> {
  const inOrder = (ordered: readonly QueryPair[]) => ordered.map((pair) => canonicalQuery([pair])).join('&');
  yield { canonicalQuery: inOrder(pairs) };
  yield { canonicalQuery: query };
  yield { canonicalQuery: inOrder(pairs.toSorted(([a], [b]) => byBytes(a, b))) };
}

/** The query with `+` read the other way. */
export function* plusReread({ query, plusInQuery }: SeenRequest): Iterable<Guess> {
  yield* guessOf(queryPairs(query, plusInQuery === 'space' ? 'literal' : 'space'));
}

function* guessOf(pairs: readonly QueryPair[] | undefined): Iterable<Guess> {
  if (pairs) yield { canonicalQuery: canonicalQuery(pairs) };
}
