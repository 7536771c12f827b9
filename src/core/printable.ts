/** The most characters of one text that are shown. */
const MOST_SHOWN = 4096;

/**
 * Text of a request as printable ASCII for people to read. A newline becomes `|`, as in the canonical requests that the
 * gateway prints. Any other character becomes `\xNN` or `\uNNNN`. A text of more than `most` characters is cut, and
 * says how many are missing.
 */
export function printable(text: string, most = MOST_SHOWN): string {
  const shown = text
    .slice(0, most)
    .replaceAll('\n', '|')
    .replace(/[^\x20-\x7e]/g, escaped);
  return text.length > most ? `${shown}... (${text.length - most} more characters)` : shown;
}

/** The most characters of a stranger's text in a label, or in one place of a log line. */
const LONGEST_LABEL = 128;

/**
 * Text of a request as a label: printable ASCII, cut at 128 characters. Other characters, and `\`, become `\xNN` or
 * `\uNNNN`.
 */
export function brief(text: string): string {
  return text
    .slice(0, LONGEST_LABEL)
    .replace(/[^\x20-\x5b\x5d-\x7e]/g, escaped)
    .slice(0, LONGEST_LABEL);
}

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
}

const CONFIDENTIAL =
  /auth(?!ors?\b)|token|secret|passw|pwd|cookie|session|credential|(api|access|private)[-_]?key|jwt|signature|\bsig\b/i;
const BETWEEN_PAIRS = /([/?&;,\s]|%3F|%26|%3B)/i;
const BETWEEN_NAME_AND_VALUE = /[=:]|%3D|%3A/i;
/** JSON in base64. Every JSON web token begins with it. */
const WEB_TOKEN = /eyJ[\w.-]{8,}/g;
/** The text that is shown in place of a secret. */
export const MASK = '***';
const SHORTEST_TO_MASK = 8;

/**
 * Masks cookies, tokens and other values that grant access in a header block: `name:value` and a newline for each
 * header.
 */
export function maskHeaders(block: string): string {
  return block.split('\n').map(maskHeader).join('\n');
}

/**
 * Masks values that grant access in a path, a query or a header's value: `name=value` by its name, web tokens by their
 * form.
 */
export function maskPairs(text: string): string {
  return text.split(BETWEEN_PAIRS).map(maskPair).join('');
}

/** Replaces these secrets by `***`. Short secrets stay: their gaps would give them away. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter(({ length }) => length >= SHORTEST_TO_MASK)
    .reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}

function maskHeader(header: string): string {
  const start = header.indexOf(':') + 1;
  if (start === header.length) return header;
  const name = header.slice(0, start);
  return name + (CONFIDENTIAL.test(name) ? MASK : maskPairs(header.slice(start)));
}

function maskPair(piece: string): string {
  const mark = BETWEEN_NAME_AND_VALUE.exec(piece);
  const start = mark ? mark.index + mark[0].length : piece.length;
  if (start < piece.length && CONFIDENTIAL.test(piece.slice(0, start))) return piece.slice(0, start) + MASK;
  return piece.replace(WEB_TOKEN, MASK);
}
