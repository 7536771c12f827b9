import { HeaderLines } from '../fast/header-lines.js';
import type { WireRequest } from '../scheme/wire-request.js';

/** A wire request whose header lines can be looked up. */
export interface ReceivedRequest extends Omit<WireRequest, 'headers'> {
  readonly headers: HeaderLines;
}

/** A wire request, received. */
export function received({ method, target, headers, body }: WireRequest): ReceivedRequest {
  return { method, target, headers: HeaderLines.of(headers), body };
}
