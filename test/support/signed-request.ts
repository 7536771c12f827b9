import { createVerifier, type VerifierOptions, type WireRequest } from '../../src/core/index.js';
import { naiveSignature, type Dialect, type NaiveRequest } from './naive-signature.js';

export const KEY = 'signature_key1';
export const SECRET = 'signature_secret1';
/** The instant of {@link DATE}: the clock of every test that does not move it. */
export const NOW = Date.UTC(2026, 0, 15, 9, 30, 45);
export const DATE = '20260115T093045Z';

/** A request about to be signed by the naive signer, which signs what no honest signer would. */
export interface Draft {
  method: string;
  target: string;
  headers: [name: string, value: string][];
  body: Uint8Array;
  key: string;
  secret: string;
  /** As written in the Authorization header. */
  signedHeaders: string[];
  dialect: Dialect;
  /** The lines on which Authorization is sent. */
  send: (authorization: string) => string[];
}

/** What differs from a good request; headers come behind `Host` and `X-Sdk-Date`. */
export type DraftChanges = Partial<Draft> & { date?: string };

/** A good request, but for the changes. Every header is signed, unless `signedHeaders` says otherwise. */
export function draft({ headers = [], date = DATE, ...others }: DraftChanges = {}): Draft {
  const all: Draft['headers'] = [['Host', 'example.com'], ['X-Sdk-Date', date], ...headers];
  return {
    method: 'GET',
    target: '/hello?name=value',
    body: new Uint8Array(),
    key: KEY,
    secret: SECRET,
    signedHeaders: [...new Set(all.map(([name]) => name.toLowerCase()))].sort(),
    dialect: { order: 'decoded', plus: 'space' },
    send: (authorization) => [authorization],
    ...others,
    headers: all,
  };
}

/** Signs a draft and puts it on the wire. A target that cannot be signed gets a signature of zeros. */
export function toWire(unsigned: Draft): NaiveRequest {
  const { method, target, headers, body, key, secret, signedHeaders, dialect, send } = unsigned;
  const request: NaiveRequest = { method, target, headers, body };
  const signature = naiveSignature(request, secret, signedHeaders, dialect) ?? '0'.repeat(64);
  const authorization = `SDK-HMAC-SHA256 Access=${key}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return { ...request, headers: [...headers, ...send(authorization).map((line) => ['Authorization', line] as const)] };
}

/** A good request on the wire, but for the changes made before it was signed. */
export function signed(changes: DraftChanges = {}): NaiveRequest {
  return toWire(draft(changes));
}

/** The request with one header replaced, or added, after it was signed. */
export function withHeader<R extends WireRequest>(request: R, name: string, value: string): R {
  const others = request.headers.filter(([each]) => each.toLowerCase() !== name.toLowerCase());
  return { ...request, headers: [...others, [name, value]] };
}

/** What a verifier with the key of these requests says, at their time. */
export function verdictOn(request: WireRequest, options: Partial<VerifierOptions> = {}) {
  return createVerifier({ keys: { [KEY]: SECRET }, now: () => NOW, ...options }).verify(request);
}
