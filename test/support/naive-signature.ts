/**
 * A second implementation of the signature, for tests to hold the first one against. Written from docs/spec.md alone,
 * it shares no code with src: bytes in Buffers, one plain loop after another.
 */
import { createHash, createHmac } from 'node:crypto';
import type { WireRequest } from '../../src/core/index.js';

/** A wire request whose body is bytes. */
export type NaiveRequest = WireRequest & { readonly target: string; readonly body?: Uint8Array | undefined };

/** Where the official signers differ. */
export interface Dialect {
  readonly order: 'decoded' | 'encoded' | 'utf-16';
  readonly plus: 'space' | 'literal';
}

const UNRESERVED = new Set(Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~'));
export const BYTE = { percent: 0x25, slash: 0x2f, ampersand: 0x26, equals: 0x3d, plus: 0x2b, space: 0x20, tab: 0x09 };

export function hexDigit(byte: number | undefined): number {
  return byte === undefined ? -1 : '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
}

/** Nothing for a bad escape. */
export function decode(bytes: Buffer): Buffer | undefined {
  const decoded: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== BYTE.percent) {
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

export function split(bytes: Buffer, separator: number): Buffer[] {
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
  const isBlank = (byte: number | undefined) => byte === BYTE.space || byte === BYTE.tab;
  while (isBlank(bytes[0])) bytes = bytes.subarray(1);
  while (isBlank(bytes[bytes.length - 1])) bytes = bytes.subarray(0, -1);
  return bytes;
}

export function cutTarget(target: string): readonly [path: Buffer, query: Buffer] {
  const mark = target.indexOf('?');
  const [path, query] = mark < 0 ? [target, ''] : [target.substring(0, mark), target.substring(mark + 1)];
  return [Buffer.from(path, 'latin1'), Buffer.from(query, 'latin1')];
}

function uriOf(path: Buffer): string | undefined {
  const decoded = decode(path);
  if (!decoded) return undefined;
  const uri = split(decoded, BYTE.slash).map(encode).join('/');
  return uri.endsWith('/') ? uri : uri + '/';
}

/** Surrogates, D800 to DFFF, stand for what begins with F0 and above: they come before what begins with EE and EF. */
function utf16Place(byte: number): number {
  if (byte < 0xee) return byte;
  return byte < 0xf0 ? byte + 0x10 : byte - 2;
}

function queryOf(query: Buffer, { order, plus }: Dialect): string | undefined {
  const pairs: { name: Buffer; value: Buffer }[] = [];
  for (const piece of split(query, BYTE.ampersand)) {
    if (piece.length === 0) continue;
    const text = Buffer.from(piece.map((byte) => (byte === BYTE.plus && plus === 'space' ? BYTE.space : byte)));
    const mark = text.indexOf(BYTE.equals);
    const name = decode(mark < 0 ? text : text.subarray(0, mark));
    const value = decode(mark < 0 ? Buffer.alloc(0) : text.subarray(mark + 1));
    if (!name || !value) return undefined;
    pairs.push({ name, value });
  }
  const sortKey = (bytes: Buffer) =>
    order === 'decoded' ? bytes : order === 'encoded' ? Buffer.from(encode(bytes)) : Buffer.from(bytes.map(utf16Place));
  const compare = (a: Buffer, b: Buffer) => Buffer.compare(sortKey(a), sortKey(b));
  pairs.sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
  return pairs.map(({ name, value }) => `${encode(name)}=${encode(value)}`).join('&');
}

export function valuesOf(request: NaiveRequest, name: string): Buffer[] {
  const values: Buffer[] = [];
  for (const [each, value] of request.headers) {
    if (each.toLowerCase() === name) values.push(strip(Buffer.from(value, 'latin1')));
  }
  return values;
}

export function sha256(bytes: Uint8Array): string {
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
