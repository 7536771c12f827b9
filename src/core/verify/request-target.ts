import { canonicalUri, splitTarget, type PlusInQuery } from '../scheme/canonical-request.js';
import { recogniseCanonical, type CanonicalTarget } from '../fast/canonical-target.js';
import { byDecodedBytes, byEncodedBytes, recodeQuery } from '../fast/recoded-query.js';

/** A request target that can be read in one way only; its query sorted by the decoded texts. */
export interface ReadTarget extends CanonicalTarget {
  /** The query's pieces, recoded. Not set: sorted by the encoded texts, the query is the same. */
  readonly pieces?: readonly string[];
}

/** See the options of the same names. */
export interface TargetRules {
  readonly plusInQuery: PlusInQuery;
  readonly encodedSlash: 'accept' | 'refuse';
  readonly queryPieces: number;
}

const ENCODED_LETTER_OR_DIGIT = /%(?:3[0-9]|[46][1-9a-f]|[57][0-9a])/i;
const ENCODED_SLASH = /%2f/i;
const UNRESERVED_PATH = /^[\w\-.~/]*$/;

/** Reads a target. Returns nothing if it can be read in more than one way, or in none (SPEC row 6b). */
export function readTarget(target: string, rules: TargetRules): ReadTarget | undefined {
  const canonical = recogniseCanonical(target, rules.queryPieces);
  if (canonical) return canonical;
  const [path, query] = splitTarget(target);
  if (!path.startsWith('/') || target.includes('#')) return undefined;
  const uri = readPath(path, rules.encodedSlash);
  const recoded = query === '' ? '' : recodeQuery(target, path.length + 1, rules.plusInQuery, rules.queryPieces);
  if (uri === undefined || recoded === undefined) return undefined;
  const pieces = recoded.split('&');
  return { canonicalUri: uri, canonicalQuery: pieces.toSorted(byDecodedBytes).join('&'), pieces };
}

/** The canonical query sorted by the encoded texts. */
export function queryInEncodedOrder({ canonicalQuery, pieces }: ReadTarget): string {
  return pieces ? pieces.toSorted(byEncodedBytes).join('&') : canonicalQuery;
}

function readPath(path: string, encodedSlash: 'accept' | 'refuse'): string | undefined {
  if (UNRESERVED_PATH.test(path)) return path.endsWith('/') ? path : path + '/';
  if (ENCODED_LETTER_OR_DIGIT.test(path)) return undefined;
  if (encodedSlash === 'refuse' && ENCODED_SLASH.test(path)) return undefined;
  return canonicalUri(path);
}
