import type { IncomingMessage } from 'node:http';
import { sha256Hex } from '../../core/scheme/signature.js';
import { signRequest } from '../../core/scheme/sign-request.js';
import { fromWireText, toWireText } from '../../core/scheme/wire-text.js';
import type { GatewaySettings } from './settings.js';

/** A header as Node shows it: one character for each byte. */
export type Header = [name: string, value: string];

/** Headers of one connection, which no proxy passes on (RFC 9110 section 7.6.1). */
export const OF_ONE_CONNECTION: readonly string[] = [
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
];
/** Headers of the client that the gateway drops or writes again. */
const OWN = [
  ...['authorization', 'proxy-authorization', 'x-sdk-date', 'x-sdk-content-sha256'],
  ...['host', 'content-length', 'expect'],
];
const METHODS_WITHOUT_BODY = /^(GET|HEAD|DELETE|OPTIONS|TRACE)$/;

/** The headers that go from one connection to the next, in their order, out of Node's flat list. */
export function passedOn(rawHeaders: readonly string[], except: readonly string[] = []): Header[] {
  const headers = rawHeaders.flatMap((name, at): Header[] => (at % 2 === 0 ? [[name, rawHeaders[at + 1]!]] : []));
  const connection = headers.filter(([name]) => name.toLowerCase() === 'connection').map(([, value]) => value);
  const named = connection
    .join()
    .toLowerCase()
    .split(/[\s,]+/);
  const dropped = new Set([...OF_ONE_CONNECTION, ...except, ...named]);
  return headers.filter(([name]) => !dropped.has(name.toLowerCase()));
}

/**
 * The headers of a request as the gateway forwards it, signed. `body` is the whole body. Not set: the body streams, and
 * is not signed. Throws a TypeError for a request that cannot be signed: a bad percent escape, or a header to sign that
 * is there twice.
 */
export function signedHeaders(request: IncomingMessage, settings: GatewaySettings, body?: Buffer): Header[] {
  const { method = '', url = '', rawHeaders } = request;
  const headers: Header[] = [
    ['Host', settings.preserveHost ? request.headers.host! : settings.to.host],
    ...passedOn(rawHeaders, OWN),
    ...lengthOf(request, body),
  ];
  const isHashSigned = settings.signedHeaders.includes('x-sdk-content-sha256');
  if (!body) headers.push(['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']);
  else if (isHashSigned) headers.push(['X-Sdk-Content-Sha256', sha256Hex(body)]);
  const wanted = body ? settings.signedHeaders : [...settings.signedHeaders, 'x-sdk-content-sha256'];
  const toSign = headers.filter(([name]) => wanted.includes(name.toLowerCase()));
  const signed = signRequest(
    {
      method,
      target: readable(settings.pathPrefix + url),
      headers: toSign.map(([name, value]) => [name, readable(value)]),
      body,
    },
    { ...settings.key, signedHeaders: [...new Set(['x-sdk-date', ...toSign.map(([name]) => name.toLowerCase())])] },
  );
  return [...headers, ...signed.headers.slice(toSign.length)];
}

/**
 * The headers that tell the end of the body. Node adds nothing to headers that are given as a list, so they must be
 * complete.
 */
function lengthOf({ method = '', headers }: IncomingMessage, body: Buffer | undefined): Header[] {
  const declared = headers['content-length'];
  if (!body) return declared === undefined ? [['Transfer-Encoding', 'chunked']] : [['Content-Length', declared]];
  const hasBody = declared !== undefined || headers['transfer-encoding'] !== undefined;
  return hasBody || !METHODS_WITHOUT_BODY.test(method) ? [['Content-Length', String(body.length)]] : [];
}

/** Wire text as the ordinary text that signing takes. */
function readable(wireText: string): string {
  const text = fromWireText(wireText);
  if (toWireText(text) !== wireText) throw new TypeError('A target or header that is signed must be UTF-8');
  return text;
}
