import { headerGuess, told, type Guess, type SeenRequest } from './guess.js';

/**
 * The charsets that signers and libraries write: those for Unicode, most usual first, then the default of older ones.
 */
const CHARSETS = ['utf-8', 'UTF-8', 'utf8', 'UTF8', 'iso-8859-1', 'ISO-8859-1', 'us-ascii', 'gbk', 'GBK'];
/** Types that libraries set in place of another type, or where there is none. */
const USUAL_TYPES = ['application/json', 'application/x-www-form-urlencoded', 'application/octet-stream', 'text/plain'];
/** The most parameters that are read. */
const MOST_PARAMETERS = 8;
/** The longest value, in characters, for which other spellings are tried. */
const LONGEST_VALUE = 500;

/** The Content-Type with another charset or none, in other spellings, and usual types in its place. */
export function* otherContentTypes(seen: SeenRequest): Iterable<Guess> {
  for (const value of told(seen.headers, ['content-type'])) {
    if (value.length > LONGEST_VALUE) return;
    for (const other of waysToWrite(value)) yield* headerGuess(seen, 'content-type', other);
  }
}

function* waysToWrite(value: string): Iterable<string> {
  const [type = '', ...rest] = value.split(';', MOST_PARAMETERS).map((part) => part.trim());
  const parameters = rest.filter((part) => part !== '');
  const others = parameters.filter((part) => !isCharset(part));
  yield [type, ...others].join('; ');
  for (const separator of ['; ', ';']) {
    for (const charset of CHARSETS.slice(0, 3)) yield [type, ...others, `charset=${charset}`].join(separator);
  }
  for (const [at, charset] of CHARSETS.entries()) {
    yield* joined([type, ...others, `charset=${charset}`]);
    yield [type, `charset=${charset}`, ...others].join('; ');
    if (at < 4) for (const written of [`charset="${charset}"`, `Charset=${charset}`]) yield* joined([type, written]);
  }
  for (const ordered of [parameters, parameters.toReversed()]) {
    for (const plain of [ordered, ordered.map(unquoted), ordered.map(quoted)]) {
      for (const name of namesOf(type)) yield* joined([name, ...plain]);
      yield* joined([type, ...plain].map((part) => part.toLowerCase()));
    }
  }
  yield `${value};`;
  for (const name of USUAL_TYPES) yield* [name, `${name}; charset=utf-8`, `${name};charset=UTF-8`];
  yield '';
}

function* joined(parts: readonly string[]): Iterable<string> {
  for (const separator of ['; ', ';', ' ; ', ' ;']) yield parts.join(separator);
}

const isCharset = (parameter: string) => /^charset\s*=/i.test(parameter);
const unquoted = (parameter: string) => parameter.replace(/="([^"\\]*)"$/, '=$1');
const quoted = (parameter: string) => parameter.replace(/=([^"]+)$/, '="$1"');
/** `application/JSON`, `Application/Json`, `Application/JSON`. */
function namesOf(type: string): string[] {
  const inCapitals = type.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
  const others = [type, inCapitals].map((name) => name.replace(/[^/]+$/, (subtype) => subtype.toUpperCase()));
  return [type, type.toLowerCase(), inCapitals, ...others];
}
