import {
  canonicalQuery,
  canonicalUri,
  percentDecode,
  percentEncode,
  queryPairs,
  splitTarget,
} from '../scheme/canonical-request.js';
import { told, type Guess, type SeenRequest } from './guess.js';

/** Headers in which proxies tell what they took off a path. */
const PREFIX_HEADERS = ['x-forwarded-prefix', 'x-forwarded-path', 'x-script-name'];
/** Headers in which proxies tell what target they got. */
const TARGET_HEADERS = [
  ...['x-original-uri', 'x-forwarded-uri', 'x-original-url', 'x-rewrite-url', 'x-request-uri'],
  ...['x-envoy-original-path', 'x-replaced-path', 'x-forwarded-path'],
];
/** What proxies often take off, for those that tell nothing. */
const USUAL_PREFIXES = ['/api', '/v1', '/v2', '/v3', '/api/v1', '/api/v2', '/api/v3', '/rest', '/service', '/backend'];
/** Segments that a proxy may have put before the path. */
const MOST_SEGMENTS = 3;

/** The path with what may have been taken off it. */
export function* withPrefix({ path, parts, headers, pathPrefixes }: SeenRequest): Iterable<Guess> {
  for (const guess of toldPaths(headers)) if (guess.canonicalUri?.endsWith(parts.canonicalUri)) yield guess;
  for (const prefix of [...pathPrefixes, ...told(headers, PREFIX_HEADERS), ...USUAL_PREFIXES]) {
    yield* guessOf(canonicalUri(`/${prefix.replace(/^\/|\/$/g, '')}${path}`));
  }
}

/** The path without its first segments, one to three of them. */
export function* withoutPrefix({ path }: SeenRequest): Iterable<Guess> {
  let rest = path;
  for (let count = 0; count < MOST_SEGMENTS; count++) {
    const slash = rest.indexOf('/', 1);
    rest = slash < 0 ? '/' : rest.slice(slash);
    yield* guessOf(canonicalUri(rest));
  }
}

/** The targets that a header tells of, with the query that came and with the one in the header. */
export function* asTold({ headers, plusInQuery }: SeenRequest): Iterable<Guess> {
  yield* toldPaths(headers);
  for (const target of told(headers, TARGET_HEADERS)) {
    const [path, query] = splitTarget(withoutHost(target));
    const pairs = queryPairs(query, plusInQuery);
    if (pairs)
      for (const guess of guessOf(canonicalUri(path))) yield { ...guess, canonicalQuery: canonicalQuery(pairs) };
  }
}

/** The path as it was before a proxy decoded it, or as a signer has it that encodes what is encoded. */
export function* pathEncoded({ path }: SeenRequest): Iterable<Guess> {
  yield* guessOf(path.split('/').map(percentEncode).join('/'));
}

/** The path as it was before a proxy encoded it once more, or as a signer has it that encodes nothing. */
export function* pathDecoded({ path }: SeenRequest): Iterable<Guess> {
  const decoded = percentDecode(path);
  yield* guessOf(decoded === undefined ? undefined : canonicalUri(decoded));
  yield* guessOf(decoded);
}

function* toldPaths(headers: SeenRequest['headers']): Iterable<Guess> {
  for (const target of told(headers, TARGET_HEADERS)) yield* guessOf(canonicalUri(splitTarget(withoutHost(target))[0]));
}

function withoutHost(target: string): string {
  return target.replace(/^https?:\/\/[^/?]*/i, '');
}

function* guessOf(uri: string | undefined): Iterable<Guess> {
  if (uri?.startsWith('/')) yield { canonicalUri: uri.endsWith('/') ? uri : uri + '/' };
}
