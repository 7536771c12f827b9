/** The naive signature's verifier: the section Checks of docs/spec.md alone, row after row, and nothing of src. */
import type { RefusalCode, VerifierOptions } from '../../src/core/index.js';
import {
  BYTE,
  cutTarget,
  decode,
  hexDigit,
  naiveSignature,
  sha256,
  split,
  valuesOf,
  type NaiveRequest,
} from './naive-signature.js';

/** A verifier's options; only the keys and the clock are told in another way. */
export interface NaiveSettings extends Omit<VerifierOptions, 'keys' | 'now'> {
  readonly secrets: ReadonlyMap<string, readonly string[]>;
  readonly now: number;
}

/** What a verifier must say of a request: the code of its refusal, or that it passes, and whether its body is signed. */
export type NaiveVerdict = RefusalCode | 'OK' | 'OK_BODY_UNVERIFIED';

function instantOf(date: string): number | undefined {
  if (date.length !== 16 || date[8] !== 'T' || date[15] !== 'Z') return undefined;
  for (const digit of date.slice(0, 8) + date.slice(9, 15)) if (digit < '0' || digit > '9') return undefined;
  const part = (from: number, to: number) => Number(date.slice(from, to));
  const [year, month, day, hour, minute, second] = [
    part(0, 4),
    part(4, 6),
    part(6, 8),
    part(9, 11),
    part(11, 13),
    part(13, 15),
  ] as const;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  if (day < 1 || day > days || hour > 23 || minute > 59 || second > 59) return undefined;
  return new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000;
}

function isAmbiguous({ method, target }: NaiveRequest, { encodedSlash, queryPieces = 1000 }: NaiveSettings): boolean {
  const [path, query] = cutTarget(target);
  if (!isHttpToken(method) || !target.startsWith('/') || target.includes('#')) return true;
  for (let at = 0; at < path.length; at++) {
    if (path[at] !== BYTE.percent) continue;
    const byte = hexDigit(path[at + 1]) * 16 + hexDigit(path[at + 2]);
    if (byte === BYTE.slash && encodedSlash !== 'accept') return true;
    if (/[A-Za-z0-9]/.test(String.fromCharCode(byte))) return true;
  }
  if (!decode(path) || !decode(query)) return true;
  const pieces = query.length === 0 ? [] : split(query, BYTE.ampersand);
  return pieces.length > queryPieces || pieces.some((piece) => piece[0] === BYTE.equals && piece.length > 1);
}

function isHttpToken(text: string): boolean {
  for (const char of text) if (!/[A-Za-z0-9!#$%&'*+.^_`|~-]/.test(char)) return false;
  return text !== '';
}

/** Looks at every place where a charset might be named. */
function namesForeignCharset(contentType: string): boolean {
  const text = contentType.toLowerCase();
  for (let at = text.indexOf('charset'); at >= 0; at = text.indexOf('charset', at + 1)) {
    let rest = text.slice(at + 'charset'.length);
    if (rest.startsWith('*')) rest = rest.slice(1);
    while (rest.startsWith(' ') || rest.startsWith('\t')) rest = rest.slice(1);
    if (!rest.startsWith('=')) continue;
    rest = rest.slice(1);
    while (rest.startsWith(' ') || rest.startsWith('\t')) rest = rest.slice(1);
    if (rest.startsWith('"')) rest = rest.slice(1);
    const [charset] = rest.split(/["; ,\t\v\f\n\r\xa0]/);
    if (charset !== 'utf-8' && charset !== 'utf8') return true;
  }
  return false;
}

/** Whether a header that has to be signed is not (row 4c). */
function leavesUnsigned(request: NaiveRequest, names: readonly string[], settings: NaiveSettings): boolean {
  for (const required of settings.requiredSignedHeaders ?? []) {
    // Row 5 is about this one.
    if (required.toLowerCase() !== 'x-sdk-date' && !names.includes(required.toLowerCase())) return true;
  }
  for (const name of settings.signedIfPresent ?? []) {
    if (valuesOf(request, name.toLowerCase()).length > 0 && !names.includes(name.toLowerCase())) return true;
  }
  return leavesTypeUnsigned(request, names, settings) || leavesEncodingUnsigned(request, names, settings);
}

function leavesTypeUnsigned(request: NaiveRequest, names: readonly string[], { contentTypes }: NaiveSettings): boolean {
  if (names.includes('content-type')) return false;
  const types = valuesOf(request, 'content-type').map((value) => value.toString('latin1'));
  if (types.some(namesForeignCharset)) return true;
  if (contentTypes === undefined) return false;
  for (const type of types) {
    let [media = ''] = type.split(';');
    while (media.endsWith(' ') || media.endsWith('\t')) media = media.slice(0, -1);
    if (!contentTypes.some((allowed) => allowed.toLowerCase() === media.toLowerCase())) return true;
  }
  return types.length === 0 && (request.body ?? '').length > 0;
}

function leavesEncodingUnsigned(
  request: NaiveRequest,
  names: readonly string[],
  { contentTypes }: NaiveSettings,
): boolean {
  if (contentTypes === undefined || names.includes('content-encoding')) return false;
  return valuesOf(request, 'content-encoding').some((value) => String(value).toLowerCase() !== 'identity');
}

function secretsOf(key: string, { secrets, allowedKeys }: NaiveSettings): readonly string[] | undefined {
  if (allowedKeys && !allowedKeys.includes(key)) return undefined;
  for (const char of key) if (char < ' ' || char > '~') return undefined;
  return key.length > 128 ? undefined : secrets.get(key);
}

function hasSigned(
  request: NaiveRequest,
  secret: string,
  names: readonly string[],
  signature: string,
  { plusInQuery: plus = 'space', pathPrefix = '' }: NaiveSettings,
): boolean {
  const orders = ['decoded', 'encoded', 'utf-16'] as const;
  const sent = { ...request, target: pathPrefix + request.target };
  return orders.some((order) => naiveSignature(sent, secret, names, { order, plus }) === signature);
}

/** Rows 1 to 8b, one after another. */
export function naiveVerdict(request: NaiveRequest, settings: NaiveSettings): NaiveVerdict {
  const lines = valuesOf(request, 'authorization').map((line) => line.toString('latin1'));
  if (lines.length > 1) return 'AUTHORIZATION_MALFORMED';
  if (!lines[0]) return 'AUTHORIZATION_MISSING';
  const form = /^SDK-HMAC-SHA256\s+Access=([^,]+),\s?SignedHeaders=([^,]+),\s?Signature=(\w+)$/.exec(lines[0]);
  if (!form) return 'AUTHORIZATION_MALFORMED';
  const names = form[2]!.split(';').map((name) => name.toLowerCase());
  for (const [at, name] of names.entries()) {
    if (!isHttpToken(name) || names.lastIndexOf(name) !== at) return 'AUTHORIZATION_MALFORMED';
  }
  const secrets = secretsOf(form[1]!, settings);
  if (secrets === undefined) return 'KEY_UNKNOWN';
  for (const name of names) if (valuesOf(request, name).length === 0) return 'SIGNED_HEADER_MISSING';
  for (const name of names) if (valuesOf(request, name).length > 1) return 'SIGNED_HEADER_REPEATED';
  if (leavesUnsigned(request, names, settings)) return 'HEADER_NOT_SIGNED';
  if (!names.includes('x-sdk-date')) return 'DATE_MISSING';
  const instant = instantOf(valuesOf(request, 'x-sdk-date')[0]!.toString('latin1'));
  if (instant === undefined) return 'DATE_MALFORMED';
  if (Math.abs(instant - settings.now) > (settings.clockSkew ?? 900) * 1000) return 'SIGNATURE_EXPIRED';
  if (isAmbiguous(request, settings)) return 'TARGET_AMBIGUOUS';
  if (!secrets.some((secret) => hasSigned(request, secret, names, form[3]!, settings))) return 'SIGNATURE_MISMATCH';
  if (!names.includes('x-sdk-content-sha256')) return 'OK';
  const declared = String(valuesOf(request, 'x-sdk-content-sha256')[0]);
  if (declared === 'UNSIGNED-PAYLOAD') {
    return settings.unsignedPayload === 'refuse' ? 'UNSIGNED_PAYLOAD' : 'OK_BODY_UNVERIFIED';
  }
  return declared.toLowerCase() === sha256(request.body ?? Buffer.alloc(0)) ? 'OK' : 'BODY_HASH_MISMATCH';
}
