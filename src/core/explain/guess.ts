import type { CanonicalRequestParts, PlusInQuery, QueryPair } from '../scheme/canonical-request.js';
import type { HeaderIndex } from '../scheme/wire-request.js';

/** A request whose signature does not match, as it came: what guesses are made from. */
export interface SeenRequest {
  readonly parts: CanonicalRequestParts & { readonly signedHeaders: readonly string[] };
  readonly sdkDate: string;
  readonly signature: string;
  /** As received, undecoded. */
  readonly path: string;
  readonly query: string;
  /** The query in its canonical forms: one for each order that signers sort by, where these differ. */
  readonly canonicalQueries: readonly string[];
  readonly queryPairs: readonly QueryPair[];
  readonly plusInQuery: PlusInQuery;
  readonly headers: HeaderIndex;
  readonly json: unknown;
  readonly pathPrefixes: readonly string[];
  /** Of the key that is said to have signed. */
  readonly secrets: readonly string[];
  readonly secretsOfOthers: ReadonlyMap<string, readonly string[]>;
}

/** What may have been otherwise when the request was signed. */
export interface Guess extends Partial<CanonicalRequestParts> {
  readonly secrets?: readonly string[];
  readonly sdkDate?: string;
  /** What sets this guess apart from others of its cause. */
  readonly note?: string;
}

/** The values on the first line of each of these headers, in their order. */
export function told(headers: HeaderIndex, names: readonly string[]): string[] {
  return names.flatMap((name) => headers.get(name)?.[0] ?? []);
}
