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

/** A wire request, received. */
export function received({ method, target, headers, body }: WireRequest): ReceivedRequest {
  return { method, target, headers: RawHeaders.of(headers), hasBody: hasBody(body) };
}

function hasBody(body: WireRequest['body']): boolean | undefined {
  return typeof body === 'function' ? undefined : body !== undefined && body.length > 0;
}
