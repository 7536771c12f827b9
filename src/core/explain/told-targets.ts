import { canonicalQuery, canonicalUri, queryPairs, splitTarget } from '../scheme/canonical-request.js';
import { told, type Guess, type SeenRequest } from './guess.js';

/** Headers in which proxies name the target that they received. */
const TARGET_HEADERS = [
  ...['x-original-uri', 'x-forwarded-uri', 'x-original-url', 'x-rewrite-url', 'x-request-uri'],
  ...['x-envoy-original-path', 'x-replaced-path', 'x-forwarded-path'],
];

/** The targets that a header names: with the received query, and with the query in the header. */
export function* asTold({ headers, plusInQuery }: SeenRequest): Iterable<Guess> {
  for (const uri of toldPaths(headers)) yield { canonicalUri: uri };
  for (const target of told(headers, TARGET_HEADERS)) {
    const [path, query] = splitTarget(withoutHost(target));
    const [uri, pairs] = [canonicalUri(path), queryPairs(query, plusInQuery)];
    if (pairs && uri?.startsWith('/')) yield { canonicalUri: uri, canonicalQuery: canonicalQuery(pairs) };
    if (pairs && query !== '') yield { canonicalQuery: canonicalQuery(pairs) };
  }
}

/** The canonical paths that headers name. */
export function toldPaths(headers: SeenRequest['headers']): string[] {
  return told(headers, TARGET_HEADERS)
    .map((target) => canonicalUri(splitTarget(withoutHost(target))[0]))
    .filter((uri) => uri?.startsWith('/') === true) as string[];
}

function withoutHost(target: string): string {
  return target.replace(/^https?:\/\/[^/?]*/i, '');
}
