import { formatAuthorization } from './authorization.js';
import { canonicalPartsOf, type UnreadablePart } from './canonical-parts.js';
import { canonicalRequest, stringToSign } from './canonical-request.js';
import { AUTHORIZATION, X_SDK_DATE } from './names.js';
import { formatSdkDate } from './sdk-date.js';
import { isKeyName, isSecret } from './key.js';
import { computeSignature, sha256Hex } from './signature.js';
import { RawHeaders } from './raw-headers.js';
import type { SignedHeaders } from './signed-headers.js';
import { HTTP_TOKEN, sortNames } from './wire-request.js';
import { fromWireText, toWireText } from './wire-text.js';

/** The last instant that has a year of four digits: 9999-12-31T23:59:59.999Z. */
const LATEST = 253_402_300_799_999;

/**
 * A request to sign, in ordinary text. The wire gets the UTF-8 bytes of the target and of the header values.
 *
 * @category Sign and verify
 */
export interface RequestToSign {
  /** The method. It is signed in capitals. */
  readonly method: string;
  /** The request target as it will be sent: `/path?query`. */
  readonly target: string;
  /** The headers that will be sent, without the two that signing adds. Names are in any case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body's bytes. Default: no body. Ignored if `x-sdk-content-sha256` is among the signed headers. */
  readonly body?: Uint8Array | undefined;
}

/**
 * The key and the secret to sign with, and what to sign.
 *
 * @category Sign and verify
 */
export interface SignOptions {
  /** The name of the signing key. */
  readonly key: string;
  /** The secret of that key, not empty. */
  readonly secret: string;
  /** Names of the headers to sign. Verifiers refuse a signature without `x-sdk-date`. Default: all headers. */
  readonly signedHeaders?: readonly string[] | undefined;
  /**
   * The date for `X-Sdk-Date`: a Date, or milliseconds since 1970. It replaces an `X-Sdk-Date` of the request, so that
   * a retry can be signed again. Default: the request's own `X-Sdk-Date`, else the clock.
   */
  readonly date?: Date | number | undefined;
  /** The clock, for a request without `X-Sdk-Date` and without `date`: milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * The texts of a signed request.
 *
 * @category Sign and verify
 */
export interface SignedRequest {
  /** The value of the Authorization header. */
  readonly authorization: string;
  /**
   * Every header to send, with `X-Sdk-Date` and `Authorization`. Values are as Node writes them: a character for a
   * byte.
   */
  readonly headers: [name: string, value: string][];
  /** The canonical request, as ordinary text. Its hash is in the string to sign. */
  readonly canonicalRequest: string;
  /** The text that the secret signed. */
  readonly stringToSign: string;
}

/**
 * Signs a request (docs/spec.md, Signing). An Authorization header of the request is replaced.
 *
 * Throws a TypeError if the secret is empty, or if the name of the key or the date is not valid. Throws a TypeError for
 * a bad percent escape in the target, too. Throws a TypeError if a header cannot be signed: it is absent, is there
 * twice, has a line break in its value, or has a name that is not a header name.
 *
 * @param options - The key and the secret to sign with, and what to sign.
 * @example
 * ```ts
 * const body = Buffer.from('{"item":"tea"}');
 * const request = { method: 'POST', target: '/orders?draft=1', headers: [['Host', 'api.example.com']] as const, body };
 * const { headers } = signRequest(request, { key: 'signature_key1', secret: process.env.APIG_SECRET! });
 * await fetch('https://api.example.com/orders?draft=1', { method: 'POST', headers, body });
 * ```
 * @category Sign and verify
 */
export function signRequest(
  request: RequestToSign,
  { key, secret, signedHeaders, date, now = Date.now }: SignOptions,
): SignedRequest {
  if (!isSecret(secret)) throw new TypeError('secret: expected a non-empty string');
  if (!isKeyName(key)) throw new TypeError('key: expected 1 to 128 printable ASCII characters, no comma');
  const replaced = new Set(date === undefined ? [AUTHORIZATION] : [AUTHORIZATION, X_SDK_DATE]);
  const headers = request.headers
    .filter(([name]) => !replaced.has(name.toLowerCase()))
    .map(([name, value]): [string, string] => [name, toWireText(value)]);
  if (!headers.some(([name]) => name.toLowerCase() === X_SDK_DATE)) {
    headers.push(['X-Sdk-Date', formatSdkDate(dateOf(date ?? now()))]);
  }
  const raw = RawHeaders.of(headers);
  const signed = headersToSign(raw, signedHeaders ?? headers.map(([name]) => name));
  const { method, target, body } = request;
  const hashBody = () => sha256Hex(body ?? new Uint8Array());
  const parts = canonicalPartsOf({ method, target: toWireText(target) }, signed, hashBody);
  if (typeof parts === 'string') throw new TypeError(PROBLEMS[parts]);
  const text = canonicalRequest(parts);
  const sdkDate = raw.first(X_SDK_DATE)!;
  const authorization = formatAuthorization({
    key,
    signedHeaders: signed.names,
    signature: computeSignature(secret, sdkDate, text),
  });
  return {
    authorization,
    headers: [...headers, ['Authorization', authorization]],
    canonicalRequest: fromWireText(text),
    stringToSign: stringToSign(sdkDate, sha256Hex(text)),
  };
}

const PROBLEMS: Readonly<Record<UnreadablePart, string>> = {
  canonicalUri: 'target: bad percent escape in the path',
  canonicalQuery: 'target: bad percent escape in the query',
  canonicalHeaders: 'headers: a line break in a value',
};

/** The Date of the option `date`. A text is refused, because `new Date()` could read another date from it. */
function dateOf(date: unknown): Date {
  const instant =
    typeof date === 'number' ? date : Object.prototype.toString.call(date) === '[object Date]' ? Number(date) : NaN;
  if (!(Math.abs(instant) <= LATEST)) throw new TypeError('date: expected a Date, or milliseconds since 1970');
  return new Date(instant);
}

function headersToSign(headers: RawHeaders, wanted: readonly string[]): SignedHeaders {
  const names = [...new Set(sortNames(wanted))];
  const values = names.map((name) => headers.get(name));
  for (const [at, name] of names.entries()) {
    if (!HTTP_TOKEN.test(name)) throw new TypeError(`headers: ${JSON.stringify(name)} is not a header name`);
    const value = values[at];
    const times = typeof value === 'string' ? 1 : (value?.length ?? 0);
    if (times === 0) throw new TypeError(`headers: ${name} is to be signed, but the request does not have it`);
    if (times > 1) throw new TypeError(`headers: ${name} appears ${times} times; a signed header must appear once`);
  }
  return { names, values: values as string[] };
}
