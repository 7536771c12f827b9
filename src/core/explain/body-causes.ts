import type { Guess, SeenRequest } from './guess.js';
import { X_SDK_CONTENT_SHA256 } from '../scheme/names.js';
import { EMPTY_HASH, sha256Hex } from '../scheme/signature.js';

/** Bytes of a JSON body up to which other spellings of it are tried. */
export const MOST_JSON = 2 ** 16;
/** Indented text grows with depth. */
const DEEPEST_JSON = 32;

const OTHER_HASH_DECLARED = 'The signed X-Sdk-Content-Sha256 names another hash, which belongs in its place.';

/** No body. */
export function* noBody({ parts }: SeenRequest): Iterable<Guess> {
  const isDeclared = parts.signedHeaders.includes(X_SDK_CONTENT_SHA256);
  yield { bodyHash: EMPTY_HASH, ...(isDeclared ? { note: OTHER_HASH_DECLARED } : {}) };
}

/** An empty object, which careless signers make of no body. */
export function emptyObject(): Iterable<Guess> {
  return guessOf('{}');
}

/** The JSON body as common libraries write it. */
export function* jsonRewritten({ json }: SeenRequest): Iterable<Guess> {
  for (const text of spellingsOf(json)) yield* guessOf(text);
}

function* guessOf(body: string): Iterable<Guess> {
  yield { bodyHash: sha256Hex(new TextEncoder().encode(body)) };
}

/** As JavaScript writes it, as Python does with and without other characters than ASCII, and indented by two. */
function spellingsOf(json: unknown): string[] {
  try {
    if (typeof json !== 'object' || json === null || !isSmall(json)) return [];
    const indented = JSON.stringify(json, null, 2);
    // Line breaks stand between members only: inside texts they are escaped.
    const spaced = indented.replace(/,\n */g, ', ').replace(/\n */g, '');
    const escaped = spaced.replace(/[^\0-\x7f]/g, (unit) => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0'));
    return [JSON.stringify(json), spaced, escaped, indented];
  } catch {
    // An application's own parser made something of the body that cannot be written as JSON: so nobody signed that.
    return [];
  }
}

function isSmall(json: object): boolean {
  let left = MOST_JSON;
  const fits = (value: unknown, depth: number): boolean => {
    left -= typeof value === 'string' ? value.length : 8;
    if (!(left >= 0) || depth > DEEPEST_JSON) return false;
    if (typeof value !== 'object' || value === null) return true;
    if (ArrayBuffer.isView(value) || (Array.isArray(value) && value.length > left)) return false;
    return Object.entries(value).every(([name, member]) => fits(name, depth) && fits(member, depth + 1));
  };
  return fits(json, 0);
}
