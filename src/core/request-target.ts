import { byBytes, splitTarget, type PlusInQuery, type QueryPair } from './canonical-request.js';
import { recogniseCanonical, type CanonicalTarget } from './canonical-target.js';
import { byRecodedBytes, recode } from './percent-encoding.js';

/** A request target that can be read in one way only; its query sorted by the decoded texts. */
export interface ReadTarget extends CanonicalTarget {
  /** The query's pairs, encoded. Not set: sorted by the encoded texts, the query is the same. */
  readonly pairs?: readonly QueryPair[];
}

/** See the options of the same names. */
export interface TargetRules {
  readonly plusInQuery: PlusInQuery;
  readonly encodedSlash: 'accept' | 'refuse';
  readonly queryPieces: number;
}

const ENCODED_LETTER_OR_DIGIT = /%(?:3[0-9]|[46][1-9a-f]|[57][0-9a])/i;
const ENCODED_SLASH = /%2f/i;
const UNRESERVED_PATH = /^[A-Za-z0-9\-_.~/]*$/;
/** A name that is empty, with a value. */
const NAMELESS_PIECE = /(?:^|&)=[^&]/;

/** Reads a target. Returns nothing if it can be read in more than one way, or in none (SPEC row 6b). */
export function readTarget(target: string, rules: TargetRules): ReadTarget | undefined {
  const canonical = recogniseCanonical(target, rules.queryPieces);
  if (canonical) return canonical;
  const [path, query] = splitTarget(target);
  if (!path.startsWith('/') || target.includes('#')) return undefined;
  if (ENCODED_LETTER_OR_DIGIT.test(path)) return undefined;
  if (rules.encodedSlash === 'refuse' && ENCODED_SLASH.test(path)) return undefined;
  if (NAMELESS_PIECE.test(query) || countPieces(query) > rules.queryPieces) return undefined;
  const uri = recodePath(path);
  const pairs = recodePairs(query, rules.plusInQuery);
  if (uri === undefined || pairs === undefined) return undefined;
  return { canonicalUri: uri, canonicalQuery: joinPairs(pairs, byRecodedBytes), pairs };
}

/** The canonical query sorted by the encoded texts. */
export function queryInEncodedOrder({ canonicalQuery, pairs }: ReadTarget): string {
  return pairs ? joinPairs(pairs, byBytes) : canonicalQuery;
}

/** Pieces between `&`, empty ones counted; none in an empty query. */
function countPieces(query: string): number {
  let count = query === '' ? 0 : 1;
  for (let at = query.indexOf('&'); at >= 0; at = query.indexOf('&', at + 1)) count++;
  return count;
}

function recodePath(path: string): string | undefined {
  // Segment by segment or as a whole is the same, as a `%2F` that is decoded separates segments too.
  const recoded = UNRESERVED_PATH.test(path) ? path : recode(path, 'literal')?.replaceAll('%2F', '/');
  return recoded === undefined || recoded.endsWith('/') ? recoded : recoded + '/';
}

/** The query's pairs in the order they came, empty pieces dropped, as they are written in a canonical query. */
function recodePairs(query: string, plus: PlusInQuery): QueryPair[] | undefined {
  const pairs: QueryPair[] = [];
  for (const piece of query.split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    const name = recode(equals < 0 ? piece : piece.slice(0, equals), plus);
    const value = equals < 0 ? '' : recode(piece.slice(equals + 1), plus);
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

function joinPairs(pairs: readonly QueryPair[], compare: (a: string, b: string) => number): string {
  const sorted = pairs.toSorted((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return sorted.map(([name, value]) => `${name}=${value}`).join('&');
}
