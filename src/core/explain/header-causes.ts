import { X_SDK_CONTENT_SHA256, X_SDK_DATE } from '../scheme/names.js';
import { headerGuess, type Guess, type SeenRequest } from './guess.js';
import { isHopHeader } from './suspects.js';

/** Headers that have causes of their own. */
const OTHERS_TRY = ['host', 'content-type', X_SDK_DATE, X_SDK_CONTENT_SHA256];
/** The most signed headers that are tried, and the most cuts of one value. */
const MOST_HEADERS = 20;
const MOST_CUTS = 3;
/** The longest value, in characters, that is cut. */
const LONGEST_VALUE = 1000;

/** A header's value without the text that a proxy appended after a comma, a blank or a semicolon. */
export function* withoutAppended(seen: SeenRequest): Iterable<Guess> {
  for (const [name, value] of cutHeaders(seen)) {
    for (const cut of ends(value)) yield* headerGuess(seen, name, cut);
    // Some proxies put their text in front.
    if (value.includes(',')) yield* headerGuess(seen, name, value.slice(value.indexOf(',') + 1).trim());
  }
}

function cutHeaders({ signedValues }: SeenRequest): (readonly [name: string, value: string])[] {
  return [...signedValues]
    .filter(([name]) => !OTHERS_TRY.includes(name))
    .toSorted(([a], [b]) => Number(isHopHeader(b)) - Number(isHopHeader(a)))
    .slice(0, MOST_HEADERS)
    .filter(([, value]) => value.length <= LONGEST_VALUE);
}

function* ends(value: string): Iterable<string> {
  for (const separator of [',', ' ', ';']) {
    let rest = value;
    for (let count = 0; count < MOST_CUTS && rest.includes(separator); count++) {
      rest = rest.slice(0, rest.lastIndexOf(separator)).trimEnd();
      yield rest;
    }
  }
}

/** All signed values with each run of blanks as one blank, and all with a blank after the colon. */
export function* otherBlanks({ signedValues }: SeenRequest): Iterable<Guess> {
  const values = [...signedValues];
  yield { headers: new Map(values.map(([name, value]) => [name, value.replace(/[ \t]+/g, ' ')])) };
  yield { headers: new Map(values.map(([name, value]) => [name, ` ${value}`])) };
}

const METHODS = ['HEAD', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The method in small letters, and other methods: caches send GET for HEAD, and clients follow a redirect with GET. */
export function* otherMethods({ parts: { method } }: SeenRequest): Iterable<Guess> {
  yield { method: method.toLowerCase() };
  for (const other of METHODS) yield { method: other };
}
