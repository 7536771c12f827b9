import { canonicalUriOf, recogniseCanonical, type CanonicalTarget } from '../fast/canonical-target.js';
import { byDecodedBytes, byEncodedBytes, byUtf16Units, mayDifferInUtf16, recodeQuery } from '../fast/recoded-query.js';
import { refusalOf, type Refusal } from '../refusal.js';
import { splitTarget, type PlusInQuery } from '../scheme/canonical-request.js';

/** Why a request can be read in several ways, or in none: the `reason` of TARGET_AMBIGUOUS. */
export type TargetAmbiguity =
  | 'bad percent escape in the path'
  | 'bad percent escape in the query'
  | 'encoded letter or digit in the path'
  | 'encoded slash in the path'
  | 'header lines hidden by Node'
  | 'method overridden'
  | 'no slash at the start of the target'
  | 'no target'
  | 'no token for a method'
  | 'odd bytes in the target'
  | 'query value without a name'
  | 'raw # in the target'
  | 'too many query pieces'
  | 'two hosts';

/** A request target that can be read in one way only. The query is sorted by the decoded texts. */
export interface ReadTarget extends CanonicalTarget {
  /** The recoded pieces of the query. Not set: every order gives the same query. */
  readonly pieces?: readonly string[];
}

/** The options of the same names. */
export interface TargetRules {
  readonly plusInQuery: PlusInQuery;
  readonly encodedSlash: 'accept' | 'refuse';
  readonly queryPieces: number;
}

const ENCODED_LETTER_OR_DIGIT = /%(?:3[0-9]|[46][1-9a-f]|[57][0-9a])/i;
const ENCODED_SLASH = /%2f/i;

/** Reads a target, or says why it is ambiguous (row 6b). */
export function readTarget(target: string, rules: TargetRules): ReadTarget | Refusal {
  const canonical = recogniseCanonical(target, rules.queryPieces);
  if (canonical) return canonical;
  const [path, query] = splitTarget(target);
  if (!path.startsWith('/')) return ambiguous('no slash at the start of the target');
  if (target.includes('#')) return ambiguous('raw # in the target');
  const uri = canonicalUriOf(path);
  if (uri === undefined) return ambiguous('bad percent escape in the path');
  const problem = pathProblem(path, rules.encodedSlash);
  if (problem) return ambiguous(problem);
  const recoded = query === '' ? '' : recodeQuery(target, path.length + 1, rules.plusInQuery, rules.queryPieces);
  if (recoded === undefined) return ambiguous(queryProblem(query, rules.queryPieces));
  const pieces = recoded.split('&');
  return { canonicalUri: uri, canonicalQuery: pieces.toSorted(byDecodedBytes).join('&'), pieces };
}

/** The canonical query in the other orders that signers sort by, if they differ (docs/spec.md, Signing). */
export function queriesInOtherOrders({ canonicalQuery, pieces = [] }: ReadTarget): string[] {
  const orders = mayDifferInUtf16(canonicalQuery) ? [byEncodedBytes, byUtf16Units] : [byEncodedBytes];
  const queries = new Set([canonicalQuery]);
  if (pieces.length > 1) for (const order of orders) queries.add(pieces.toSorted(order).join('&'));
  queries.delete(canonicalQuery);
  return [...queries];
}

/** The refusal of a request that can be read in several ways. */
export function ambiguous(reason: TargetAmbiguity): Refusal {
  return refusalOf('TARGET_AMBIGUOUS', { reason });
}

function pathProblem(path: string, encodedSlash: 'accept' | 'refuse'): TargetAmbiguity | undefined {
  if (!path.includes('%')) return undefined;
  if (ENCODED_LETTER_OR_DIGIT.test(path)) return 'encoded letter or digit in the path';
  return encodedSlash === 'refuse' && ENCODED_SLASH.test(path) ? 'encoded slash in the path' : undefined;
}

/** Why `recodeQuery` cannot read a query. */
function queryProblem(query: string, most: number): TargetAmbiguity {
  const pieces = query.split('&');
  if (pieces.length > most) return 'too many query pieces';
  const isNameless = pieces.some((piece) => piece.length > 1 && piece.startsWith('='));
  return isNameless ? 'query value without a name' : 'bad percent escape in the query';
}
