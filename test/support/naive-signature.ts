/**
 * A second implementation of the signature and of its verification, for tests to hold the first one against. Written
 * from SPEC sections 1 and 2 alone, it shares no code with src: bytes in Buffers, one plain loop after another.
 */
import { createHash, createHmac } from 'node:crypto';
import type { RefusalCode, WireRequest } from '../../src/core/index.js';

/** A wire request whose body is bytes. */
export type NaiveRequest = WireRequest & { readonly target: string; readonly body?: Uint8Array | undefined };

/** Where the official signers differ. */
export interface Dialect {
  readonly order: 'decoded' | 'encoded';
  readonly plus: 'space' | 'literal';
}

export interface NaiveSettings {
  readonly secrets: ReadonlyMap<string, string>;
  readonly now: number;
  readonly plus?: Dialect['plus'];
}

const UNRESERVED = new Set(Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~'));
const [PERCENT, SLASH, AMPERSAND, EQUALS, PLUS, SPACE, TAB] = Buffer.from('%/&=+ \t') as unknown as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

function hexDigit(byte: number | undefined): number {
  return byte === undefined ? -1 : '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
}

/** Nothing for a bad escape. */
function decode(bytes: Buffer): Buffer | undefined {
  const decoded: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== PERCENT) {
      decoded.push(bytes[at]!);
      continue;
    }
    const [high, low] = [hexDigit(bytes[at + 1]), hexDigit(bytes[at + 2])];
    if (high < 0 || low < 0) return undefined;
    decoded.push(high * 16 + low);
    at += 2;
  }
  return Buffer.from(decoded);
}

function encode(bytes: Buffer): string {
  let encoded = '';
  for (const byte of bytes) {
    if (UNRESERVED.has(byte)) encoded += String.fromCharCode(byte);
    else encoded += (byte < 16 ? '%0' : '%') + byte.toString(16).toUpperCase();
  }
  return encoded;
}

function split(bytes: Buffer, separator: number): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (let at = 0; at <= bytes.length; at++) {
    if (at < bytes.length && bytes[at] !== separator) continue;
    pieces.push(bytes.subarray(start, at));
    start = at + 1;
  }
  return pieces;
}

function strip(bytes: Buffer): Buffer {
  const isBlank = (byte: number | undefined) => byte === SPACE || byte === TAB;
  while (isBlank(bytes[0])) bytes = bytes.subarray(1);
  while (isBlank(bytes[bytes.length - 1])) bytes = bytes.subarray(0, -1);
  return bytes;
}

function cutTarget(target: string): readonly [path: Buffer, query: Buffer] {
  const mark = target.indexOf('?');
  const [path, query] = mark < 0 ? [target, ''] : [target.substring(0, mark), target.substring(mark + 1)];
  return [Buffer.from(path, 'latin1'), Buffer.from(query, 'latin1')];
}

function uriOf(path: Buffer): string | undefined {
  const decoded = decode(path);
  if (!decoded) return undefined;
  const uri = split(decoded, SLASH).map(encode).join('/');
  return uri.endsWith('/') ? uri : uri + '/';
}

function queryOf(query: Buffer, { order, plus }: Dialect): string | undefined {
  const pairs: { name: Buffer; value: Buffer }[] = [];
  for (const piece of split(query, AMPERSAND)) {
    if (piece.length === 0) continue;
    const text = Buffer.from(piece.map((byte) => (byte === PLUS && plus === 'space' ? SPACE : byte)));
    const mark = text.indexOf(EQUALS);
    const name = decode(mark < 0 ? text : text.subarray(0, mark));
    const value = decode(mark < 0 ? Buffer.alloc(0) : text.subarray(mark + 1));
    if (!name || !value) return undefined;
    pairs.push({ name, value });
  }
  const sortKey = (bytes: Buffer) => (order === 'decoded' ? bytes : Buffer.from(encode(bytes)));
  const compare = (a: Buffer, b: Buffer) => Buffer.compare(sortKey(a), sortKey(b));
  pairs.sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
  return pairs.map(({ name, value }) => `${encode(name)}=${encode(value)}`).join('&');
}

function valuesOf(request: NaiveRequest, name: string): Buffer[] {
  const values: Buffer[] = [];
  for (const [each, value] of request.headers) {
    if (each.toLowerCase() === name) values.push(strip(Buffer.from(value, 'latin1')));
  }
  return values;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The canonical request's bytes; nothing for a target with a bad escape. An absent header counts as empty. */
export function naiveCanonicalRequest(
  request: NaiveRequest,
  signedNames: readonly string[],
  dialect: Dialect,
): Buffer | undefined {
  const [path, query] = cutTarget(request.target);
  const uri = uriOf(path);
  const pairs = queryOf(query, dialect);
  if (uri === undefined || pairs === undefined) return undefined;
  const names = signedNames.map((name) => name.toLowerCase()).sort();
  const lines = names.map((name) => [Buffer.from(name + ':'), valuesOf(request, name)[0] ?? '', '\n']).flat();
  const declared = names.includes('x-sdk-content-sha256') ? valuesOf(request, 'x-sdk-content-sha256')[0] : undefined;
  const bodyHash = declared ?? sha256(request.body ?? Buffer.alloc(0));
  const head = `${request.method.toUpperCase()}\n${uri}\n${pairs}\n`;
  return Buffer.concat([head, ...lines, '\n', names.join(';'), '\n', bodyHash].map((part) => Buffer.from(part)));
}

/** Nothing for a target with a bad escape. */
export function naiveSignature(
  request: NaiveRequest,
  secret: string,
  signedNames: readonly string[],
  dialect: Dialect = { order: 'decoded', plus: 'space' },
): string | undefined {
  const text = naiveCanonicalRequest(request, signedNames, dialect);
  const date = valuesOf(request, 'x-sdk-date')[0] ?? Buffer.alloc(0);
  return text && naiveSignatureOf(text, date, secret);
}

/** The signature of a canonical request, whoever wrote it. */
export function naiveSignatureOf(canonicalRequest: Uint8Array, date: Uint8Array, secret: string): string {
  const hmac = createHmac('sha256', Buffer.from(secret));
  return hmac.update('SDK-HMAC-SHA256\n').update(date).update('\n').update(sha256(canonicalRequest)).digest('hex');
}

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

function isAmbiguous(target: string): boolean {
  const [path, query] = cutTarget(target);
  if (!target.startsWith('/') || target.includes('#')) return true;
  for (let at = 0; at < path.length; at++) {
    if (path[at] !== PERCENT) continue;
    const byte = hexDigit(path[at + 1]) * 16 + hexDigit(path[at + 2]);
    if (byte === SLASH || /[A-Za-z0-9]/.test(String.fromCharCode(byte))) return true;
  }
  const pieces = split(query, AMPERSAND);
  if (pieces.length > 1000) return true;
  return pieces.some((piece) => piece[0] === EQUALS && piece.length > 1);
}

/** What a verifier without options must say of a request: the code of its refusal, or OK (rows 1 to 8). */
export function naiveVerdict(
  request: NaiveRequest,
  { secrets, now, plus = 'space' }: NaiveSettings,
): RefusalCode | 'OK' {
  const lines = valuesOf(request, 'authorization').map((line) => line.toString('latin1'));
  if (lines.length > 1) return 'AUTHORIZATION_MALFORMED';
  if (!lines[0]) return 'AUTHORIZATION_MISSING';
  const form = /^SDK-HMAC-SHA256\s+Access=([^,]+),\s?SignedHeaders=([^,]+),\s?Signature=(\w+)$/.exec(lines[0]);
  if (!form) return 'AUTHORIZATION_MALFORMED';
  const names = form[2]!.split(';').map((name) => name.toLowerCase());
  for (const [at, name] of names.entries()) {
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) || names.lastIndexOf(name) !== at) return 'AUTHORIZATION_MALFORMED';
  }
  const secret = secrets.get(form[1]!);
  if (secret === undefined) return 'KEY_UNKNOWN';
  for (const name of names) if (valuesOf(request, name).length === 0) return 'SIGNED_HEADER_MISSING';
  for (const name of names) if (valuesOf(request, name).length > 1) return 'SIGNED_HEADER_REPEATED';
  if (!names.includes('x-sdk-date')) return 'DATE_MISSING';
  const instant = instantOf(valuesOf(request, 'x-sdk-date')[0]!.toString('latin1'));
  if (instant === undefined) return 'DATE_MALFORMED';
  if (Math.abs(instant - now) > 900_000) return 'SIGNATURE_EXPIRED';
  const inBothOrders = (['decoded', 'encoded'] as const).map((order) =>
    naiveSignature(request, secret, names, { order, plus }),
  );
  if (isAmbiguous(request.target) || inBothOrders[0] === undefined) return 'TARGET_AMBIGUOUS';
  if (!inBothOrders.includes(form[3])) return 'SIGNATURE_MISMATCH';
  const declared = names.includes('x-sdk-content-sha256') ? String(valuesOf(request, 'x-sdk-content-sha256')[0]) : '';
  if (!names.includes('x-sdk-content-sha256') || declared === 'UNSIGNED-PAYLOAD') return 'OK';
  return declared.toLowerCase() === sha256(request.body ?? Buffer.alloc(0)) ? 'OK' : 'BODY_HASH_MISMATCH';
}
