import {
  ALGORITHM,
  byBytes,
  canonicalHeaders,
  canonicalQuery,
  canonicalRequest,
  canonicalUri,
  queryPairs,
  splitTarget,
  stringToSign,
  trimValue,
} from './canonical-request.js';
import { fromWireText, toWireText } from './wire-text.js';

/**
 * A request that can be signed, in ordinary text. `headers` hold `X-Sdk-Date`, and no signed header twice.
 * Without `signedHeaders` all headers are signed. Without `body` the request has no body.
 *
 * @typedef {object} RequestToSign
 * @property {string} method
 * @property {string} target
 * @property {(readonly [name: string, value: string])[]} headers
 * @property {Uint8Array<ArrayBuffer>} [body]
 * @property {string[]} [signedHeaders]
 */

/**
 * What a signature is made of.
 *
 * @typedef {object} TextsToSign
 * @property {string} canonicalRequest
 * @property {string} stringToSign
 * @property {string[]} signedHeaders
 */

/**
 * The two texts that come before the secret. Throws a TypeError for a request that cannot be signed.
 *
 * @param {RequestToSign} request
 * @returns {Promise<TextsToSign>}
 */
export async function textsToSign({ method, target, headers, body, signedHeaders }) {
  const values = new Map(headers.map(([name, value]) => [name.toLowerCase(), trimValue(toWireText(value))]));
  const names = (signedHeaders ?? [...values.keys()]).map((name) => name.toLowerCase()).sort(byBytes);
  const valueOf = (/** @type {string} */ name) => readable(values.get(name), `${name} is not among the headers`);
  const [path, query] = splitTarget(toWireText(target));
  const text = canonicalRequest({
    method: method.toUpperCase(),
    canonicalUri: readable(canonicalUri(path), 'bad percent escape in the path'),
    canonicalQuery: canonicalQuery(readable(queryPairs(query), 'bad percent escape in the query')),
    canonicalHeaders: readable(canonicalHeaders(names.map((name) => [name, valueOf(name)])), 'line break in a header'),
    signedHeaders: names,
    bodyHash: names.includes('x-sdk-content-sha256')
      ? valueOf('x-sdk-content-sha256')
      : await sha256(body ?? new Uint8Array()),
  });
  return {
    canonicalRequest: fromWireText(text),
    stringToSign: stringToSign(valueOf('x-sdk-date'), await sha256(toBytes(text))),
    signedHeaders: names,
  };
}

/**
 * The value of the Authorization header.
 *
 * @param {TextsToSign} texts
 * @param {string} key
 * @param {string} secret not empty
 */
export async function authorize({ stringToSign, signedHeaders }, key, secret) {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const secretBytes = new TextEncoder().encode(secret);
  const cryptoKey = await crypto.subtle.importKey('raw', secretBytes, hmac, false, ['sign']);
  const signature = toHex(await crypto.subtle.sign('HMAC', cryptoKey, toBytes(stringToSign)));
  return `${ALGORITHM} Access=${key}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function sha256(bytes) {
  return toHex(await crypto.subtle.digest('SHA-256', bytes));
}

/** @param {ArrayBuffer} bytes */
function toHex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {string} wireText one character for each byte */
function toBytes(wireText) {
  return Uint8Array.from(wireText, (char) => char.charCodeAt(0));
}

/**
 * @template T
 * @param {T | undefined} text
 * @param {string} problem
 */
function readable(text, problem) {
  if (text === undefined) throw new TypeError(problem);
  return text;
}
