import { canonicalUri, percentDecode, percentEncode } from '../scheme/canonical-request.js';
import { toldPaths } from './told-targets.js';
import { told, type Guess, type SeenRequest } from './guess.js';

/** Headers in which proxies name the prefix that they removed from a path. */
const PREFIX_HEADERS = ['x-forwarded-prefix', 'x-forwarded-path', 'x-script-name'];
/** Prefixes that proxies often remove, for proxies that send no such header. */
const USUAL_PREFIXES = ['/api', '/v1', '/v2', '/v3', '/api/v1', '/api/v2', '/api/v3', '/rest', '/service', '/backend'];
/** The most segments that a proxy may have added to the path, if nothing names them. */
const MOST_SEGMENTS = 3;
/**
 * The most prefixes in one header, the most segments of a prefix whose leading parts are tried, and the most of all
 * these.
 */
const MOST_TOLD = 4;
const MOST_PARTS = 8;
const MOST_SUGGESTED = 24;

/** The path with a prefix that a proxy may have removed. */
export function* withPrefix(seen: SeenRequest): Iterable<Guess> {
  const { path, parts, headers } = seen;
  for (const uri of toldPaths(headers)) if (uri.endsWith(parts.canonicalUri)) yield* guessOf(uri);
  for (const prefix of [...suggested(seen), ...USUAL_PREFIXES]) yield* guessOf(canonicalUri(prefix + path));
}

/** The path without the prefix of the option `pathPrefix`. */
export function* withoutOption({ path, pathPrefix }: SeenRequest): Iterable<Guess> {
  if (pathPrefix !== '') yield* guessOf(canonicalUri(path.slice(pathPrefix.length)));
}

/** The path without a prefix that a proxy may have added: a suggested prefix, or one to three segments. */
export function* withoutPrefix(seen: SeenRequest): Iterable<Guess> {
  const { path } = seen;
  for (const prefix of suggested(seen)) {
    if (path === prefix || path.startsWith(`${prefix}/`))
      yield* guessOf(canonicalUri(path.slice(prefix.length) || '/'));
  }
  for (const rest of withoutSegments(path)) yield* guessOf(canonicalUri(rest));
}

/** The path with another prefix in place of its first segments. */
export function* otherPrefix(seen: SeenRequest): Iterable<Guess> {
  for (const prefix of [...suggested(seen), ...USUAL_PREFIXES]) {
    for (const rest of withoutSegments(seen.path)) yield* guessOf(canonicalUri(prefix + rest));
  }
}

/** The prefixes that the application or a header suggests, and their leading parts: `/a/b`, `/a`. */
function suggested({ headers, pathPrefix, pathPrefixes }: SeenRequest): string[] {
  const chains = told(headers, PREFIX_HEADERS).map((value) => value.split(',', MOST_TOLD).map(withOneSlash));
  // Each proxy appends the prefix that it removed to those of the proxies before it.
  const whole = [
    ...[pathPrefix, ...pathPrefixes].map(withOneSlash),
    ...chains.flatMap((chain) => [chain.join(''), ...chain]),
  ];
  const all = [...new Set([...whole, ...whole.flatMap(leadingParts)])];
  return all.filter((prefix) => prefix !== '').slice(0, MOST_SUGGESTED);
}

function withOneSlash(prefix: string): string {
  const bare = prefix.trim().replace(/^\/|\/$/g, '');
  return bare === '' ? '' : `/${bare}`;
}

function leadingParts(prefix: string): string[] {
  const segments = prefix.split('/', MOST_PARTS + 1);
  return segments.slice(2).map((_, at) => segments.slice(0, -at - 1).join('/'));
}

function* withoutSegments(path: string): Iterable<string> {
  let rest = path;
  for (let count = 0; count < MOST_SEGMENTS; count++) {
    const slash = rest.indexOf('/', 1);
    rest = slash < 0 ? '/' : rest.slice(slash);
    yield rest;
  }
}

/** The path before a proxy decoded it. Or the signer encoded an encoded path once more. */
export function* pathEncoded({ path }: SeenRequest): Iterable<Guess> {
  yield* guessOf(path.split('/').map(percentEncode).join('/'));
}

/** The path before a proxy encoded it once more. Or the signer encoded nothing. */
export function* pathDecoded({ path }: SeenRequest): Iterable<Guess> {
  const decoded = percentDecode(path);
  yield* guessOf(decoded === undefined ? undefined : canonicalUri(decoded));
  yield* guessOf(decoded);
  yield* guessOf(path);
}

/** The path without repeated slashes, and without `.` and `..`, as in other schemes. */
export function* pathNormalised({ path }: SeenRequest): Iterable<Guess> {
  yield* guessOf(canonicalUri(path.replace(/\/{2,}/g, '/')));
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '.' && segment !== '') kept.push(segment);
  }
  yield* guessOf(canonicalUri(`/${kept.join('/')}`));
}

/** The canonical URI without the slash at its end. */
export function* openEnded(): Iterable<Guess> {
  yield { isOpenEnded: true };
}

function* guessOf(uri: string | undefined): Iterable<Guess> {
  if (uri?.startsWith('/')) yield { canonicalUri: uri.endsWith('/') ? uri : uri + '/' };
}
