import { types } from 'node:util';
import { isPromise } from '../core/maybe-promise.js';
import { messageOf, RefusalError, refusalOf } from '../core/refusal.js';
import { EMPTY_HASH, sha256Hex } from '../core/scheme/signature.js';
import type { BodyCapture } from '../http/body-capture.js';

/**
 * Gives the bytes of a request's body that something else read and kept, or `undefined` if there are none: the option
 * `readBody`.
 *
 * @category Set up
 */
export type ReadBody = (request: object) => Uint8Array | undefined;

/**
 * The hex sha256 of a body that something else read and kept before the body capture. `reason` says why the capture did
 * not see the bytes. Throws a RefusalError, BODY_NOT_CAPTURED, unless the kept bytes are certainly those on the wire.
 */
export function keptBodyHash(capture: BodyCapture, readBody: ReadBody, request: object, reason: string): string {
  const refuse = (why: string) => new RefusalError(refusalOf('BODY_NOT_CAPTURED', { reason: `${reason}; ${why}` }));
  const { headers } = capture.request;
  if (!/^identity$/i.test(headers['content-encoding'] ?? 'identity')) {
    throw refuse('under a Content-Encoding readBody is not asked: a parser keeps other bytes than those on the wire');
  }
  const kept = ask(readBody, request);
  if (kept instanceof Failure) throw refuse(`readBody ${kept.message}`);
  if (kept === undefined) {
    if (capture.hasBody === false) return EMPTY_HASH;
    throw refuse('readBody gave no bytes');
  }
  const { 'content-length': length } = headers;
  if (length !== undefined && Number(length) !== kept.length) {
    throw refuse(`readBody gave ${kept.length} bytes, and Content-Length says ${Number(length)}`);
  }
  return sha256Hex(kept);
}

/** Says what `readBody` did instead of giving bytes. */
class Failure extends Error {}

function ask(readBody: ReadBody, request: object): Uint8Array | undefined | Failure {
  let kept: unknown;
  try {
    kept = readBody(request);
  } catch (error) {
    return new Failure(`failed: ${messageOf(error)}`);
  }
  // `instanceof` fails under Jest, where the bytes may be of another realm.
  if (kept === undefined || types.isUint8Array(kept)) return kept;
  // A promise that rejects later, without a listener, would end the process.
  Promise.resolve(kept).catch(() => undefined);
  return new Failure(`gave ${isPromise(kept) ? 'a promise' : typeof kept}, expected a Uint8Array or undefined`);
}
