import { RawHeaders } from '../scheme/raw-headers.js';
import type { WireRequest } from '../scheme/wire-request.js';
import type { TargetAmbiguity } from './request-target.js';

/** A wire request without its body, whose headers can be looked up. */
export interface ReceivedRequest extends Omit<WireRequest, 'headers' | 'body'> {
  readonly headers: RawHeaders;
  /** Why the request can be read in more than one way, apart from its target. Not set: it cannot. */
  readonly ambiguity?: TargetAmbiguity | undefined;
  /** Whether there is a body. Not set: only the body's hash tells. */
  readonly hasBody?: boolean | undefined;
}

/** A wire request as JavaScript can pass it, without the checks of TypeScript: each part can be missing or wrong. */
type GivenRequest = { readonly [part in keyof WireRequest]?: unknown } | null | undefined;

/**
 * A wire request, received. Never throws: headers other than pairs of text are none, and method, target and body of
 * another type are refused by the rows that ask for them.
 */
export function received(request: WireRequest): ReceivedRequest {
  const { method, target, headers, body } = (request as GivenRequest) ?? {};
  return { method: method as string, target: target as string, headers: headersOf(headers), hasBody: hasBody(body) };
}

function headersOf(headers: unknown): RawHeaders {
  try {
    return RawHeaders.of(headers as WireRequest['headers']);
  } catch {
    return new RawHeaders([]);
  }
}

function hasBody(body: unknown): boolean | undefined {
  if (typeof body === 'function') return undefined;
  return ArrayBuffer.isView(body) ? body.byteLength > 0 : body !== undefined && body !== null;
}
