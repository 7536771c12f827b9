import { readFileSync } from 'node:fs';
import { toWireText, type WireRequest } from '../../src/core/index.js';

/** A request that the official signers signed, and every text they agree on. Header values are ordinary text. */
export interface Vector {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly headers: [name: string, value: string][];
  readonly bodyBase64: string;
  readonly key: string;
  readonly secret: string;
  /** Joined by `;`. */
  readonly signedHeaders: string;
  /** Whether an HTTP client can send it as it is. */
  readonly wireSafe: boolean;
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  readonly authorization: string;
}

function read(file: string): Vector[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8')) as Vector[];
}

export const vectors: readonly Vector[] = [...read('unanimous.json'), ...read('majority.json')];

/** Queries that other signers sort in another order than the signer here: only their verdicts can be compared. */
export const ordersOfOthers: readonly Vector[] = read('orders.json');

/** The vectors whose signed body hash is not the body's: rightly signed, and refused all the same (row 8). */
export const FALSE_BODY_HASH: ReadonlySet<string> = new Set([
  'body: x-sdk-content-sha256 junk',
  'body: unsigned-payload lower-case',
  'body: STREAMING value',
]);

export function bodyOf(vector: Vector): Buffer {
  return Buffer.from(vector.bodyBase64, 'base64');
}

/** The instant in its X-Sdk-Date. */
export function dateOf(vector: Vector): number {
  const [, date] = vector.headers.find(([name]) => name.toLowerCase() === 'x-sdk-date')!;
  return Date.parse(date.trim().replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
}

/** The vector as a server receives it. */
export function toWireRequest(vector: Vector): WireRequest {
  const headers = [...vector.headers, ['Authorization', vector.authorization] as [string, string]];
  return {
    method: vector.method,
    target: toWireText(vector.target),
    headers: headers.map(([name, value]) => [name, toWireText(value)]),
    body: bodyOf(vector),
  };
}
