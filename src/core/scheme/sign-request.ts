import { formatAuthorization } from './authorization.js';
import {
  canonicalQuery,
  canonicalRequest,
  canonicalUri,
  queryPairs,
  splitTarget,
  stringToSign,
} from './canonical-request.js';
import { formatSdkDate } from './sdk-date.js';
import { isKeyName } from '../keys/keyring.js';
import { computeSignature, sha256Hex } from './signature.js';
import { canonicalHeadersOf, HTTP_TOKEN, indexHeaders, sortNames, type HeaderIndex } from './wire-request.js';
import { fromWireText, toWireText } from './wire-text.js';

/** A request to sign, in ordinary text: the UTF-8 bytes of target and header values are what goes on the wire. */
export interface RequestToSign {
  /** The method; it is signed in capitals. */
  readonly method: string;
  /** The request target as it will be sent: `/path?query`. */
  readonly target: string;
  /** The headers that will be sent, but for the two that signing adds; names in any case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body's bytes. Not set: no body. Not looked at if `x-sdk-content-sha256` is among the signed headers. */
  readonly body?: Uint8Array | undefined;
}

/** With what, and how, to sign. */
export interface SignOptions {
  /** The name of the signing key. */
  readonly key: string;
  /** The secret of that key, not empty. */
  readonly secret: string;
  /** Names of the headers to sign; `x-sdk-date` must be among them for a verifier to accept. Not set: all headers. */
  readonly signedHeaders?: readonly string[] | undefined;
  /** The date for `X-Sdk-Date` where the request has none, a number being milliseconds since 1970. Not set: now. */
  readonly date?: Date | number | undefined;
}

/** A signed request's texts. */
export interface SignedRequest {
  /** The value of the Authorization header. */
  readonly authorization: string;
  /** Every header to send, `X-Sdk-Date` and `Authorization` among them; values as Node writes them, a character a byte. */
  readonly headers: [name: string, value: string][];
  /** What was hashed, as ordinary text. */
  readonly canonicalRequest: string;
  /** What the secret signed. */
  readonly stringToSign: string;
}

/**
 * Signs a request (SPEC section 1). An Authorization header that it has already is replaced.
 *
 * Throws a TypeError for what cannot be signed: a bad percent escape in the target, a signed header that is absent,
 * stands twice, or has a line break in it, a date that is none, a key's name that no Authorization header can hold.
 */
export function signRequest(request: RequestToSign, { key, secret, signedHeaders, date }: SignOptions): SignedRequest {
  if (typeof secret !== 'string' || secret === '') throw new TypeError('secret: expected a non-empty string');
  if (!isKeyName(key)) throw new TypeError('key: expected 1 to 128 printable ASCII characters, no comma');
  const headers = request.headers
    .filter(([name]) => name.toLowerCase() !== 'authorization')
    .map(([name, value]): [string, string] => [name, toWireText(value)]);
  if (!headers.some(([name]) => name.toLowerCase() === 'x-sdk-date')) {
    headers.push(['X-Sdk-Date', formatSdkDate(new Date(date ?? Date.now()))]);
  }
  const index = indexHeaders(headers);
  const names = sortNames(signedHeaders ?? index.keys());
  const [path, query] = splitTarget(toWireText(request.target));
  const text = canonicalRequest({
    method: request.method.toUpperCase(),
    canonicalUri: readable(canonicalUri(path), 'target: bad percent escape in the path'),
    canonicalQuery: canonicalQuery(readable(queryPairs(query), 'target: bad percent escape in the query')),
    canonicalHeaders: headersToSign(index, names),
    signedHeaders: names,
    bodyHash: declaredBodyHash(index, names) ?? sha256Hex(request.body ?? new Uint8Array()),
  });
  const sdkDate = index.get('x-sdk-date')![0]!;
  const authorization = formatAuthorization({
    key,
    signedHeaders: names,
    signature: computeSignature(secret, sdkDate, text),
  });
  return {
    authorization,
    headers: [...headers, ['Authorization', authorization]],
    canonicalRequest: fromWireText(text),
    stringToSign: stringToSign(sdkDate, sha256Hex(text)),
  };
}

function headersToSign(index: HeaderIndex, names: readonly string[]): string {
  for (const name of names) {
    if (!HTTP_TOKEN.test(name)) throw new TypeError(`headers: ${JSON.stringify(name)} is no header name`);
    const lines = index.get(name)?.length ?? 0;
    if (lines !== 1) throw new TypeError(`headers: ${name} is to be signed, and stands there ${lines} times`);
  }
  return readable(canonicalHeadersOf(index, names), 'headers: a line break in a value');
}

function declaredBodyHash(index: HeaderIndex, names: readonly string[]): string | undefined {
  return names.includes('x-sdk-content-sha256') ? index.get('x-sdk-content-sha256')![0] : undefined;
}

function readable<T>(text: T | undefined, problem: string): T;
function readable<T>(text: T | undefined, problem: string): T {
  if (text === undefined) throw new TypeError(problem);
  return text;
}
