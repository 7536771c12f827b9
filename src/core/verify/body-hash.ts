import type { MaybePromise } from '../maybe-promise.js';
import { refusalOf, RefusalError, type Refusal } from '../refusal.js';
import { sha256Hex } from '../scheme/signature.js';
import type { WireRequest } from '../scheme/wire-request.js';

const EMPTY_BODY_HASH = sha256Hex('');

/** The hash of what a request has for a body, or why it cannot be had. Throws and rejects never. */
export function bodyHashOf(body: WireRequest['body']): MaybePromise<string | undefined | Refusal> {
  if (!body) return EMPTY_BODY_HASH;
  if (typeof body !== 'function') return sha256Hex(body);
  try {
    const hash = body();
    return hash instanceof Promise ? hash.catch(bodyRefusal) : hash;
  } catch (error) {
    return bodyRefusal(error);
  }
}

function bodyRefusal(error: unknown): Refusal {
  if (error instanceof RefusalError) return error.refusal;
  return refusalOf('BODY_NOT_CAPTURED', { reason: error instanceof Error ? error.message : String(error) });
}
