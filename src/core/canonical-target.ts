/** A request target's two lines of the canonical request. */
export interface CanonicalTarget {
  readonly canonicalUri: string;
  readonly canonicalQuery: string;
}

// Unreserved characters alone: a path, and a query of pieces that have a name, one `=` and perhaps a value.
const FORM = /^\/[\w\-.~/]*(?:\?(?:[\w\-.~]+=[\w\-.~]*(?:&[\w\-.~]+=[\w\-.~]*)*)?)?$/;

const AMPERSAND = 0x26;
const EQUALS = 0x3d;

/**
 * Recognises a target that is canonical already: no escapes, and the query's pieces in their order. Most targets are, and
 * need neither decoding, nor encoding, nor sorting. Returns nothing for any other, and for a query of more than
 * `queryPieces` pieces: there the plain rules decide. What is recognised here reads the same under them.
 */
export function recogniseCanonical(target: string, queryPieces: number): CanonicalTarget | undefined {
  if (!FORM.test(target)) return undefined;
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark + 1);
  if (!isInOrder(query, queryPieces)) return undefined;
  return { canonicalUri: path.endsWith('/') ? path : path + '/', canonicalQuery: query };
}

/** Whether no piece of a query comes before the one that it follows, and there are no more pieces than that. */
function isInOrder(query: string, queryPieces: number): boolean {
  let pieces = query === '' ? 0 : 1;
  let start = 0;
  for (let end = query.indexOf('&'); end >= 0; end = query.indexOf('&', start)) {
    if (isBefore(query, end + 1, start)) return false;
    start = end + 1;
    pieces++;
  }
  return pieces <= queryPieces;
}

/**
 * Whether the piece that begins at `a` comes before the one that begins at `b`: by name, then by value. Stops at the end
 * of the piece: a thousand equal ones would else be compared to the end of the query each.
 */
function isBefore(query: string, a: number, b: number): boolean {
  while (a < query.length && query.charCodeAt(a) === query.charCodeAt(b) && query.charCodeAt(a) !== AMPERSAND) {
    a++;
    b++;
  }
  return rankAt(query, a) < rankAt(query, b);
}

/** The end of a piece comes before `=`, the end of its name, and that before what a name or value may hold. */
function rankAt(query: string, at: number): number {
  const code = at < query.length ? query.charCodeAt(at) : AMPERSAND;
  return code === AMPERSAND ? 0 : code === EQUALS ? 1 : code;
}
