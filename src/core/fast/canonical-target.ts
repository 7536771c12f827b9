import { canonicalUri, splitTarget } from '../scheme/canonical-request.js';

/** The two lines of the canonical request that come from the request target. */
export interface CanonicalTarget {
  readonly canonicalUri: string;
  readonly canonicalQuery: string;
}

// Only unreserved characters: a path, and a query of pieces that have a name, one `=`, and maybe a value.
const FORM = /^\/[\w\-.~/]*(?:\?(?:[\w\-.~]+=[\w\-.~]*(?:&[\w\-.~]+=[\w\-.~]*)*)?)?$/;

const UNRESERVED_PATH = /^[\w\-.~/]*$/;

const AMPERSAND = 0x26;
const EQUALS = 0x3d;

/**
 * Recognises a target that is canonical already: no escapes, and the pieces of the query in their order. Most targets
 * are canonical. They need no decoding, no encoding and no sorting, and the plain rules give the same result for them.
 * Returns nothing for any other target, and for a query of more than `queryPieces` pieces. Then the plain rules decide.
 */
export function recogniseCanonical(target: string, queryPieces: number): CanonicalTarget | undefined {
  if (target.includes('%') || !FORM.test(target)) return undefined;
  if (!isInOrder(target, queryPieces)) return undefined;
  const [path, query] = splitTarget(target);
  return { canonicalUri: path.endsWith('/') ? path : path + '/', canonicalQuery: query };
}

/** The same URI as `canonicalUri`. It is faster for a path of unreserved characters, which needs no encoding. */
export function canonicalUriOf(path: string): string | undefined {
  if (!UNRESERVED_PATH.test(path)) return canonicalUri(path);
  return path.endsWith('/') ? path : path + '/';
}

/** Whether the pieces of the query are sorted, and there are at most `queryPieces` of them. */
function isInOrder(target: string, queryPieces: number): boolean {
  let start = target.indexOf('?') + 1;
  let pieces = start > 0 && start < target.length ? 1 : 0;
  for (let end = target.indexOf('&', start); end >= 0; end = target.indexOf('&', start)) {
    if (isBefore(target, end + 1, start)) return false;
    start = end + 1;
    pieces++;
  }
  return pieces <= queryPieces;
}

/**
 * Whether the piece that begins at `a` comes before the piece that begins at `b`: by name, then by value. The
 * comparison stops at the end of the piece. Otherwise each of a thousand equal pieces would be compared to the end of
 * the query.
 */
function isBefore(target: string, a: number, b: number): boolean {
  while (a < target.length && target.charCodeAt(a) === target.charCodeAt(b) && target.charCodeAt(a) !== AMPERSAND) {
    a++;
    b++;
  }
  return rankAt(target, a) < rankAt(target, b);
}

/** The end of a name or of a piece comes before every character of it. */
function rankAt(target: string, at: number): number {
  const code = at < target.length ? target.charCodeAt(at) : AMPERSAND;
  return code === AMPERSAND || code === EQUALS ? 0 : code;
}
