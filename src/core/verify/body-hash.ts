import { isPromise, type MaybePromise } from '../maybe-promise.js';
import { messageOf, refusalOf, RefusalError, type Refusal } from '../refusal.js';
import { EMPTY_HASH, sha256Hex } from '../scheme/signature.js';
import type { WireRequest } from '../scheme/wire-request.js';

/** The hash of a request's body, or why the body could not be captured. Never throws or rejects. */
export function bodyHashOf(body: WireRequest['body']): MaybePromise<string | undefined | Refusal> {
  if (!body) return EMPTY_HASH;
  if (typeof body !== 'function') return sha256Hex(body);
  try {
    const hash = body();
    return isPromise(hash) ? Promise.resolve(hash).catch(bodyRefusal) : hash;
  } catch (error) {
    return bodyRefusal(error);
  }
}

function bodyRefusal(error: unknown): Refusal {
  if (error instanceof RefusalError) return error.refusal;
  return refusalOf('BODY_NOT_CAPTURED', { reason: messageOf(error) });
}
