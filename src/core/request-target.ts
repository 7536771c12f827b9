import {
  canonicalQuery,
  canonicalUri,
  queryPairs,
  splitTarget,
  type PlusInQuery,
  type QueryOrder,
} from './canonical-request.js';
import { recogniseCanonical } from './canonical-target.js';

/** A request target that can be read in one way only. */
export interface ReadTarget {
  readonly canonicalUri: string;
  /** Its canonical query in an order. */
  readonly canonicalQuery: (order: QueryOrder) => string;
}

/** See the options of the same names. */
export interface TargetRules {
  readonly plusInQuery: PlusInQuery;
  readonly encodedSlash: 'accept' | 'refuse';
  readonly queryPieces: number;
}

const ENCODED_LETTER_OR_DIGIT = /%(?:3[0-9]|[46][1-9a-f]|[57][0-9a])/i;
const ENCODED_SLASH = /%2f/i;
/** A name that is empty, with a value. */
const NAMELESS_PIECE = /(?:^|&)=[^&]/;

/** Reads a target. Returns nothing if it can be read in more than one way, or in none (SPEC row 6b). */
export function readTarget(target: string, rules: TargetRules): ReadTarget | undefined {
  const canonical = recogniseCanonical(target, rules.queryPieces);
  if (!canonical) return readByTheRules(target, rules);
  return { canonicalUri: canonical.canonicalUri, canonicalQuery: () => canonical.canonicalQuery };
}

/** The same, and slower where nothing has to be decoded, encoded or sorted. */
export function readByTheRules(target: string, rules: TargetRules): ReadTarget | undefined {
  const [path, query] = splitTarget(target);
  if (!path.startsWith('/') || target.includes('#')) return undefined;
  if (ENCODED_LETTER_OR_DIGIT.test(path)) return undefined;
  if (rules.encodedSlash === 'refuse' && ENCODED_SLASH.test(path)) return undefined;
  if (NAMELESS_PIECE.test(query) || countPieces(query) > rules.queryPieces) return undefined;
  const uri = canonicalUri(path);
  const pairs = queryPairs(query, rules.plusInQuery);
  if (uri === undefined || pairs === undefined) return undefined;
  return { canonicalUri: uri, canonicalQuery: (order) => canonicalQuery(pairs, order) };
}

/** Pieces between `&`, empty ones counted; none in an empty query. */
function countPieces(query: string): number {
  let count = query === '' ? 0 : 1;
  for (let at = query.indexOf('&'); at >= 0; at = query.indexOf('&', at + 1)) count++;
  return count;
}
