import { canonicalHeaders } from './canonical-request.js';

/** The signed headers: names in the order in which they are signed, and one trimmed value for each. */
export interface SignedHeaders {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** The canonical headers of signed ones. Returns nothing for a value that no header can have. */
export function canonicalHeadersOf({ names, values }: SignedHeaders): string | undefined {
  return canonicalHeaders(names.map((name, at) => [name, values[at]!]));
}
