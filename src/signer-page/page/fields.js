import { percentDecode, percentEncode } from './canonical-request.js';
import { say } from './language.js';
import { toWireText } from './wire-text.js';

/** @import { RequestToSign } from './signing.js' */
/** @typedef {'method' | 'target' | 'headers' | 'body' | 'key' | 'secret' | 'signedHeaders' | 'date'} FieldName */
/** @typedef {Readonly<Record<FieldName, string>>} Values */
/** @typedef {Map<FieldName, string>} Problems what is wrong with fields, for people */

const HEADER_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):(.*)$/s;

/**
 * The problems of all fields, also of empty ones. A request without problems can be signed.
 *
 * @param {Values} values
 * @returns {Problems}
 */
export function problemsIn(values) {
  const problems = {
    target: targetProblem(values.target),
    headers: headersProblem(values),
    body: bodyProblem(values),
    key: keyProblem(values.key),
    secret: values.secret === '' ? say('Needed: the secret that belongs to the key.') : undefined,
    signedHeaders: signedHeadersProblem(values),
    date: dateProblem(values.date),
  };
  return new Map(
    Object.entries(problems).flatMap(([name, text]) => (text ? [[/** @type {FieldName} */ (name), text]] : [])),
  );
}

/**
 * The request that the fields describe. `Host` comes from the address of this page unless it is among the headers.
 *
 * @param {Values} values
 * @param {string} host
 * @param {Date} now the date where the field has none
 * @returns {RequestToSign}
 */
export function requestIn(values, host, now) {
  const headers = headerLines(values.headers).map(nameAndValue);
  if (!headers.some(([name]) => /^host$/i.test(name))) headers.unshift(['Host', host]);
  headers.push(['X-Sdk-Date', values.date.trim() || formatDate(now)]);
  const names = namesIn(values.signedHeaders);
  return {
    method: values.method,
    target: toWireTarget(values.target.trim()),
    headers,
    ...(values.body !== '' && { body: new TextEncoder().encode(values.body) }),
    ...(names.length > 0 && { signedHeaders: names }),
  };
}

/** @param {Date} date */
export function formatDate(date) {
  return date.toISOString().replace(/\.\d+|[-:]/g, '');
}

/**
 * Writes characters that no request line can hold as percent escapes of their UTF-8 bytes. The signature stays the
 * same.
 *
 * @param {string} target
 */
function toWireTarget(target) {
  return target.replace(/[^\x21-\x7e]+/g, (text) => percentEncode(toWireText(text)));
}

/** @param {string} text */
function targetProblem(text) {
  const target = text.trim();
  if (!target.startsWith('/')) return say('A path begins with a slash, like /hello?name=value.');
  if (target.includes('#')) return say('What follows a # is never sent. Write %23 for a # in the path.');
  if (percentDecode(toWireText(target)) === undefined)
    return say('Two hex digits follow a %. Write %25 for a % of the text.');
  return undefined;
}

/** @param {Values} values */
function headersProblem({ headers, signedHeaders }) {
  const lines = headerLines(headers);
  const odd = lines.find((line) => !HEADER_LINE.test(line));
  if (odd !== undefined) return say('A header is a name, a colon and a value. This is not one: {}', shortened(odd));
  if (/[\0-\x08\x0b-\x1f\x7f]/.test(headers)) return say('There is a control character in a header.');
  const names = lines.map((line) => nameAndValue(line)[0].toLowerCase());
  if (names.includes('authorization')) return say('This page makes the header Authorization: leave it out.');
  if (names.includes('x-sdk-date')) return say('X-Sdk-Date has a field of its own below.');
  const signed = namesIn(signedHeaders);
  const repeated = names.find(
    (name, at) => names.indexOf(name) !== at && (signed.length === 0 || signed.includes(name)),
  );
  return (
    repeated && say('The header {} appears more than once. A signed header must appear once.', shortened(repeated))
  );
}

/** @param {Values} values */
function bodyProblem({ method, body }) {
  if (body !== '' && method === 'HEAD') return say('Neither browsers nor curl send a body with HEAD.');
  return body.includes('\0') ? say('The body has a NUL character, which no command line can hold.') : undefined;
}

/** @param {string} key */
function keyProblem(key) {
  if (key === '') return say('Needed: the name of a signing key.');
  const isName = /^[\x20-\x2b\x2d-\x7e]{1,128}$/.test(key); // a comma would end it
  return isName ? undefined : say('A key has up to 128 printable ASCII characters, and no comma.');
}

/** @param {Values} values */
function signedHeadersProblem({ headers, signedHeaders }) {
  const names = namesIn(signedHeaders);
  if (names.length === 0) return undefined;
  const there = new Set([
    'host',
    'x-sdk-date',
    ...headerLines(headers).map((line) => line.split(':', 1)[0]?.toLowerCase()),
  ]);
  const absent = names.find((name) => !there.has(name));
  if (absent !== undefined) return say('{} is not among the headers.', shortened(absent));
  if (new Set(names).size !== names.length) return say('Each name may be there once.');
  return names.includes('x-sdk-date') ? undefined : say('x-sdk-date must be among them.');
}

/** @param {string} date */
function dateProblem(date) {
  return /^(\d{8}T\d{6}Z)?$/.test(date.trim())
    ? undefined
    : say('A date in UTC has the form {}.', formatDate(new Date()));
}

/** @param {string} text */
function headerLines(text) {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

/**
 * @param {string} line
 * @returns {[name: string, value: string]}
 */
function nameAndValue(line) {
  const [, name = '', value = ''] = HEADER_LINE.exec(line) ?? [];
  return [name, value.replace(/^[ \t]+/, '').trimEnd()];
}

/** @param {string} text lower-case names, however they are separated */
function namesIn(text) {
  return text
    .toLowerCase()
    .split(/[;,\s]+/)
    .filter((name) => name !== '');
}

/** @param {string} text */
export function shortened(text) {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
