/** A request target's two lines of the canonical request. */
export interface CanonicalTarget {
  readonly canonicalUri: string;
  readonly canonicalQuery: string;
}

const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;

/** Ranks of characters: the end of a query piece comes before `=`, the end of its name, and this before all others. */
const END = 0;
const EQUALS = 1;
/** Of a character that a canonical query holds as an escape only. */
const OTHER = 0xff;
const RANKS = new Uint8Array(256).fill(OTHER);
RANKS['&'.charCodeAt(0)] = END;
RANKS['='.charCodeAt(0)] = EQUALS;
for (const char of '-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~') {
  RANKS[char.charCodeAt(0)] = char.charCodeAt(0);
}

/**
 * Recognises, in one scan, a target that is canonical already: no escapes, and the query's pieces in their order. Most
 * targets are, and need neither decoding, nor encoding, nor sorting. Returns nothing for any other, and for a query of
 * more than `queryPieces` pieces: there the plain rules decide, and what is recognised here reads the same under them.
 */
export function recogniseCanonical(target: string, queryPieces: number): CanonicalTarget | undefined {
  const mark = endOfPath(target);
  if (mark === undefined) return undefined;
  const query = target.slice(mark + 1);
  if (!isCanonicalQuery(query, queryPieces)) return undefined;
  const path = target.slice(0, mark);
  return { canonicalUri: path.endsWith('/') ? path : path + '/', canonicalQuery: query };
}

/** Where a path of slashes and unreserved characters ends; nothing if it holds others. */
function endOfPath(target: string): number | undefined {
  if (target.charCodeAt(0) !== SLASH) return undefined;
  for (let at = 1; at < target.length; at++) {
    const code = target.charCodeAt(at);
    if (code === QUESTION_MARK) return at;
    const rank = rankOf(code);
    if (code !== SLASH && (rank <= EQUALS || rank === OTHER)) return undefined;
  }
  return target.length;
}

/** Whether each piece is a name, `=` and a value, and none comes before the one that it follows. */
function isCanonicalQuery(query: string, queryPieces: number): boolean {
  if (query === '') return true;
  let pieces = 0;
  let start = 0;
  let equals = -1;
  // The place in the piece before that is level with ours, for as long as the two are equal.
  let level = -1;
  for (let at = 0; at <= query.length; at++) {
    const rank = at === query.length ? END : rankOf(query.charCodeAt(at));
    if (rank === OTHER) return false;
    if (level >= 0) {
      const rankBefore = rankOf(query.charCodeAt(level));
      if (rank < rankBefore) return false;
      level = rank > rankBefore ? -1 : level + 1;
    }
    if (rank === EQUALS) {
      if (equals >= start || at === start) return false;
      equals = at;
    } else if (rank === END) {
      if (equals < start) return false;
      pieces++;
      level = start;
      start = at + 1;
    }
  }
  return pieces <= queryPieces;
}

function rankOf(code: number): number {
  return RANKS[code] ?? OTHER;
}
