import { percentEncode, queryPairs } from '../scheme/canonical-request.js';
import { UNSIGNED_PAYLOAD, X_SDK_CONTENT_SHA256 } from '../scheme/names.js';
import { EMPTY_HASH, sha256Hex } from '../scheme/signature.js';
import { fromWireText, toWireText } from '../scheme/wire-text.js';
import { told, type Guess, type SeenRequest } from './guess.js';
import { first } from './iterables.js';
import { jsonSpellings, sameLayout, type Spelling } from './json-spellings.js';

/** The longest body, in bytes, whose other spellings are tried. */
export const MOST_JSON = 2 ** 16;
/** The deepest JSON. Recursion has this depth, and indented text grows with it. */
const DEEPEST_JSON = 32;
/** Limits of the other spellings of one body: those that are tried first, all of them, and their characters. */
const LIKELY = 24;
const MOST_SPELLINGS = 350;
const MOST_SPELLED = 2 ** 19;

const OTHER_HASH_DECLARED = 'The signed X-Sdk-Content-Sha256 names another hash, which belongs in its place.';

/** The signer signed no body. */
export function noBody({ parts }: SeenRequest): Iterable<Guess> {
  const isDeclared = parts.signedHeaders.includes(X_SDK_CONTENT_SHA256);
  return [{ bodyHash: EMPTY_HASH, ...(isDeclared ? { note: OTHER_HASH_DECLARED } : {}) }];
}

/** The signer signed an empty object in place of no body. */
export function emptyObject(): Iterable<Guess> {
  return [{ bodyHash: hashOf('{}') }];
}

/** The body's hash in capitals. */
export function* hashInCapitals({ parts }: SeenRequest): Iterable<Guess> {
  if (/^[0-9a-f]{64}$/.test(parts.bodyHash)) yield { bodyHash: parts.bodyHash.toUpperCase() };
}

/** The body hash that X-Sdk-Content-Sha256 declares, or would declare, although that header is not signed. */
export function* undeclared({ parts, headers }: SeenRequest): Iterable<Guess> {
  if (parts.signedHeaders.includes(X_SDK_CONTENT_SHA256)) return;
  for (const text of [...told(headers, [X_SDK_CONTENT_SHA256]), UNSIGNED_PAYLOAD]) {
    yield { bodyHash: text };
    yield { bodyHash: hashOf(text) };
  }
}

/** The body in its likely original spellings. */
export function* bodyRespelled(seen: SeenRequest): Iterable<Guess> {
  const json = jsonOf(seen);
  if (json !== undefined) yield* guessesOf(seen, jsonSpellings(json), LIKELY);
  if (seen.bodyText !== undefined) yield* guessesOf(seen, sameLayout(seen.bodyText, false), MOST_SPELLINGS);
  yield* guessesOf(seen, json === undefined ? jsonOfForm(seen) : formsOf(json), LIKELY);
}

/** The body in less likely spellings. */
export function* bodyRespelledOddly(seen: SeenRequest): Iterable<Guess> {
  const json = jsonOf(seen);
  if (json === undefined) return;
  if (seen.bodyText !== undefined) yield* guessesOf(seen, sameLayout(seen.bodyText, true), MOST_SPELLINGS);
  yield* guessesOf(seen, jsonSpellings(json), MOST_SPELLINGS);
}

function* guessesOf({ parts }: SeenRequest, spellings: Iterable<Spelling>, most: number): Iterable<Guess> {
  let characters = 0;
  for (const { text, how } of first(most, spellings)) {
    characters += text.length;
    if (characters > MOST_SPELLED) return;
    const bytes = new TextEncoder().encode(text);
    const guess = { bodyHash: sha256Hex(bytes), note: `How the signed body is written: ${how}.` };
    yield guess;
    if (!parts.signedHeaders.includes('content-length')) continue;
    yield { ...guess, headers: new Map([['content-length', String(bytes.length)]]) };
  }
}

/** The JSON body as a form. */
function* formsOf(json: string): Iterable<Spelling> {
  const value: unknown = JSON.parse(json);
  if (Array.isArray(value)) return;
  const pairs = Object.entries(value as object).flatMap(([name, member]) =>
    [member].flat().map((each) => [name, asText(each)]),
  );
  yield { text: new URLSearchParams(pairs as [string, string][]).toString(), how: 'a form' };
  const encoded = pairs.map((pair) => pair.map((text) => percentEncode(toWireText(text))).join('='));
  yield { text: encoded.join('&'), how: 'a form' };
  yield { text: encoded.toSorted().join('&'), how: 'a form, sorted' };
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The form body as JSON. */
function* jsonOfForm({ bodyText = '' }: SeenRequest): Iterable<Spelling> {
  if (!/^[^\s=&]+=\S*$/.test(bodyText)) return;
  const pairs = (queryPairs(toWireText(bodyText)) ?? []).map((pair) => pair.map(fromWireText));
  const withNumbers = pairs.map(([name, value]) => [name, /^-?\d{1,15}$/.test(value!) ? Number(value) : value]);
  for (const entries of [pairs, withNumbers]) {
    const value = Object.fromEntries(entries as [string, unknown][]);
    for (const { text, how } of first(2, jsonSpellings(JSON.stringify(value)))) yield { text, how: `JSON, ${how}` };
  }
}

/** The JSON text that spellings are made from: the text of the body, else the JSON of its parsed value. */
function jsonOf({ json, bodyText }: SeenRequest): string | undefined {
  try {
    if (typeof json !== 'object' || json === null || !isSmall(json)) return undefined;
    const ownText = bodyText?.replace(/^\ufeff/, '');
    return ownText !== undefined && isJson(ownText) ? ownText : JSON.stringify(json);
  } catch {
    // An application's own parser gave a value that cannot be written as JSON. So the signer did not sign it as JSON.
    return undefined;
  }
}

function isJson(text: string): boolean {
  return /^\s*[{[]/.test(text) && parsedJson(text) !== undefined;
}

/** The value of a JSON text. Returns nothing for a text that is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
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

function hashOf(text: string): string {
  return sha256Hex(new TextEncoder().encode(text));
}
