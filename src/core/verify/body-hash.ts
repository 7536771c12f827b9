import { isPromise, type MaybePromise } from '../maybe-promise.js';
import { messageOf, refusalOf, RefusalError, type Refusal } from '../refusal.js';
import { EMPTY_HASH, sha256Hex } from '../scheme/signature.js';
import type { WireRequest } from '../scheme/wire-request.js';

/** The hash of a request's body, or why the body could not be captured. Never throws or rejects. */
export function bodyHashOf(body: WireRequest['body']): MaybePromise<string | undefined | Refusal> {
  // A caller in JavaScript may give anything.
  if (body === undefined || (body as unknown) === null) return EMPTY_HASH;
  if (ArrayBuffer.isView(body)) return sha256Hex(body);
  if (typeof body !== 'function') return notCaptured('body: expected a Uint8Array, or a function');
  try {
    const hash = body();
    return isPromise(hash) ? Promise.resolve(hash).then(answered, bodyRefusal) : answered(hash);
  } catch (error) {
    return bodyRefusal(error);
  }
}

function answered(hash: unknown): string | undefined | Refusal {
  if (typeof hash === 'string') return hash;
  return hash === undefined || hash === null ? undefined : notCaptured('body() gave neither text nor undefined');
}

function bodyRefusal(error: unknown): Refusal {
  if (error instanceof RefusalError) return error.refusal;
  return notCaptured(messageOf(error));
}

function notCaptured(reason: string): Refusal {
  return refusalOf('BODY_NOT_CAPTURED', { reason });
}
