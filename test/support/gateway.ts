import { signRequest, type SignOptions } from '../../src/core/index.js';
import { toWireText } from '../../src/core/scheme/wire-text.js';
import type { HeaderLines, RequestToSend } from './http-client.js';

export const KEY = 'signature_key1';
/** Not the one of the samples, of which a start warns. */
export const SECRET = 'a secret of the tests';
export const KEYS = { [KEY]: SECRET };

/** The host that the gateway signs; where a test connects to is another matter. */
export const HOST = 'backend.example.com';

export interface RequestToForward {
  readonly method?: string;
  /** Ordinary text, as are header values. */
  readonly target?: string;
  /** Besides `Host`; all of them are signed unless `signedHeaders` says otherwise. */
  readonly headers?: HeaderLines;
  readonly body?: Uint8Array | readonly Uint8Array[] | string | undefined;
}

/** Signs a request as the gateway does before it forwards it. Change the result to play the one on the way. */
export function forward(
  { method = 'GET', target = '/', headers = [], body }: RequestToForward = {},
  options: Partial<SignOptions> = {},
): RequestToSend {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const whole = Array.isArray(bytes)
    ? Buffer.concat(bytes as readonly Uint8Array[])
    : (bytes as Uint8Array | undefined);
  const withHost: HeaderLines = headers.some(([name]) => /^host$/i.test(name)) ? headers : [['Host', HOST], ...headers];
  const signed = signRequest(
    { method, target, headers: withHost, body: whole },
    { key: KEY, secret: SECRET, ...options },
  );
  return { method, target: toWireText(target), headers: signed.headers, body: bytes };
}

/** The same request with one header's value replaced, or the header left out if there is no value. */
export function withHeader(request: RequestToSend, name: string, value?: string): RequestToSend {
  const others = request.headers.filter(([each]) => each.toLowerCase() !== name.toLowerCase());
  return { ...request, headers: value === undefined ? others : [...others, [name, value]] };
}

/** The same request with one bit of one byte of its body changed. */
export function altered(request: RequestToSend, at = 0): RequestToSend {
  const flip = (bytes: Uint8Array, from = 0) => bytes.map((byte, index) => (from + index === at ? byte ^ 1 : byte));
  if (request.body instanceof Uint8Array) return { ...request, body: flip(request.body) };
  let from = 0;
  return { ...request, body: request.body?.map((chunk) => flip(chunk, (from += chunk.length) - chunk.length)) };
}

/** The same request with other Authorization lines in place of the right one. */
export function reauthorize(
  request: RequestToSend,
  change: (line: string) => string | readonly string[],
): RequestToSend {
  const isRight = ([name]: HeaderLines[number]) => name === 'Authorization';
  const lines = [change(request.headers.find(isRight)![1])].flat().map((line) => ['Authorization', line] as const);
  return { ...request, headers: [...request.headers.filter((header) => !isRight(header)), ...lines] };
}
