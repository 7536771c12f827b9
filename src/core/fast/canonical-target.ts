import { canonicalUri, splitTarget } from '../scheme/canonical-request.js';

/** A request target's two lines of the canonical request. */
export interface CanonicalTarget {
  readonly canonicalUri: string;
  readonly canonicalQuery: string;
}

// Unreserved characters alone: a path, and a query of pieces that have a name, one `=` and perhaps a value.
const FORM = /^\/[\w\-.~/]*(?:\?(?:[\w\-.~]+=[\w\-.~]*(?:&[\w\-.~]+=[\w\-.~]*)*)?)?$/;

const UNRESERVED_PATH = /^[\w\-.~/]*$/;

const AMPERSAND = 0x26;
const EQUALS = 0x3d;

/**
 * Recognises a target that is canonical already: no escapes, and the query's pieces in their order. Most targets are, and
 * need neither decoding, nor encoding, nor sorting. Returns nothing for any other, and for a query of more than
 * `queryPieces` pieces: there the plain rules decide. What is recognised here reads the same under them.
 */
export function recogniseCanonical(target: string, queryPieces: number): CanonicalTarget | undefined {
  if (target.includes('%') || !FORM.test(target)) return undefined;
  if (!isInOrder(target, queryPieces)) return undefined;
  const [path, query] = splitTarget(target);
  return { canonicalUri: path.endsWith('/') ? path : path + '/', canonicalQuery: query };
}

/** The same URI as `canonicalUri`, sooner for a path of unreserved characters: it needs no encoding. */
export function canonicalUriOf(path: string): string | undefined {
  if (!UNRESERVED_PATH.test(path)) return canonicalUri(path);
  return path.endsWith('/') ? path : path + '/';
}

/** Whether no piece of the query comes before the one that it follows, and there are no more pieces than that. */
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
 * Whether the piece that begins at `a` comes before the one that begins at `b`: by name, then by value. Stops at the end
 * of the piece: a thousand equal ones would else be compared to the end of the query each.
 */
function isBefore(target: string, a: number, b: number): boolean {
  while (a < target.length && target.charCodeAt(a) === target.charCodeAt(b) && target.charCodeAt(a) !== AMPERSAND) {
    a++;
    b++;
  }
  return rankAt(target, a) < rankAt(target, b);
}

/** The ends of a name and of a piece come before whatever may be in them. */
function rankAt(target: string, at: number): number {
  const code = at < target.length ? target.charCodeAt(at) : AMPERSAND;
  return code === AMPERSAND || code === EQUALS ? 0 : code;
}
