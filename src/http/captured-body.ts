import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isUint8Array } from 'node:util/types';
import { RefusalError, refusalOf } from '../core/refusal.js';
import { EMPTY_HASH, sha256Hex } from '../core/scheme/signature.js';
import { BodyHold, type BodyLimits } from './body-hold.js';
import { declaredLengthOf, isHttp1 } from './node-request.js';

/** What became of the bytes of a body. */
type Outcome =
  | { readonly state: 'arriving' }
  | { readonly state: 'whole'; readonly hash: string }
  | { readonly state: 'cut short' }
  | { readonly state: 'lost'; readonly reason: string };

/** The function through which bytes come into a stream. */
export type Push = IncomingMessage['push'];

/**
 * The bytes of one request's body as they arrive: keeps their hash and no bytes.
 *
 * While a guard waits for the hash, unread bytes stay in the stream's own buffer, past its high-water mark and up to a
 * limit. A later reader finds them all there.
 */
export class CapturedBody {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse | undefined;
  readonly #isHttp1: boolean;
  readonly #declaredLength: number;
  /** What the stream has for a `push` meanwhile. It calls `pass`. */
  readonly #captured: Push;
  /** What took bytes before: Node's own, or somebody's wrapper of it. */
  #push: Push | undefined;
  #outcome: Outcome = { state: 'arriving' };
  #hasher: Hash | undefined;
  #wholeHash: string | undefined;
  #bytes = 0;
  #chunksWaiting = 0;
  #hold: BodyHold | undefined;
  #waiting: Promise<void> | undefined;

  /** `problem` is why the bytes cannot be captured. Not set: they can. */
  constructor(request: IncomingMessage, response: ServerResponse | undefined, captured: Push, problem?: string) {
    this.#request = request;
    this.#response = response;
    this.#isHttp1 = isHttp1(request);
    this.#declaredLength = declaredLengthOf(request);
    this.#captured = captured;
    if (problem === undefined) this.#begin();
    else this.#lose(problem);
  }

  /** Whether there are bytes to wait for still. */
  get isArriving(): boolean {
    return this.#outcome.state === 'arriving';
  }

  /** Bytes that have arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The hex sha256 of all of it, if all of it has arrived; nothing is asked for that has not. */
  get hashSoFar(): string | undefined {
    return this.#outcome.state === 'whole' ? this.#outcome.hash : undefined;
  }

  /** See `BodyCapture.hash`. */
  hash(limits: BodyLimits): string | undefined | Promise<string | undefined> {
    if (this.#isTooLarge(limits)) throw new RefusalError(refusalOf('BODY_TOO_LARGE'));
    if (!this.isArriving) return this.#result();
    this.#waiting ??= this.#wait(limits);
    return this.#waiting.then(() => this.#result());
  }

  /** Ends the capture, where no verdict will ask for the hash any more. What comes from here on is not hashed. */
  end(): void {
    if (this.isArriving) this.#lose('the request was answered before the whole body had arrived');
  }

  /** Passes on what arrives: bytes, or null for the end. */
  pass(chunk: unknown, encoding?: BufferEncoding): boolean {
    const request = this.#request;
    if (this.#chunksWaiting > 0 && request.readableLength === 0) this.#chunksWaiting = 0;
    this.#see(chunk, encoding);
    const goOn = this.#push!.call(request, chunk, encoding);
    if (chunk) this.#chunksWaiting += 1;
    this.#hold?.charge(this.#chunksWaiting);
    if (!this.isArriving) this.#hold?.end();
    return goOn || (this.#hold?.isHolding ?? false);
  }

  #begin(): void {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called on this very request above
    this.#push = this.#request.push;
    this.#request.push = this.#captured;
  }

  /**
   * Whether the bytes that wait in memory pass the limit. An unread body waits as a whole, with the bytes still to
   * come.
   */
  #isTooLarge({ bodyLimit }: BodyLimits): boolean {
    // The stream is asked last: behind Express each question takes a µs.
    if (Math.max(this.#bytes, this.#declaredLength) <= bodyLimit) return false;
    return !this.#request.readableDidRead || this.#request.readableLength > bodyLimit;
  }

  #see(chunk: unknown, encoding: BufferEncoding | undefined): void {
    if (!this.isArriving) return;
    if (chunk === null) return this.#finish();
    // No guard waits for the hash, and the response is over.
    if (!this.#hold && this.#response?.writableEnded) return this.end();
    if (chunk === undefined) return; // no chunk for Node either
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    // Not by `instanceof`: the bytes may come from another realm.
    if (!isUint8Array(bytes)) return this.#lose('something pushed other values than bytes into the request');
    const { byteLength } = bytes;
    if (byteLength === 0) return;
    // All of it at once, as most bodies come: hashed in one call, which saves a request 25 µs.
    if (byteLength === this.#declaredLength) this.#wholeHash = sha256Hex(bytes);
    else (this.#hasher ??= createHash('sha256')).update(bytes);
    this.#bytes += byteLength;
  }

  #finish(): void {
    if (this.#isCutShort()) {
      this.#outcome = { state: 'cut short' };
    } else if (this.#bytes !== (this.#declaredLength || this.#bytes)) {
      this.#lose('fewer or more bytes came through than Content-Length says');
    } else {
      this.#outcome = { state: 'whole', hash: this.#wholeHash ?? this.#hasher?.digest('hex') ?? EMPTY_HASH };
    }
  }

  /** Whether it ends before all of it has come. Later `aborted` may tell of a client that left after a whole one. */
  #isCutShort(): boolean {
    return this.#isHttp1 ? !this.#request.complete : this.#request.aborted;
  }

  #lose(reason: string): void {
    this.#outcome = { state: 'lost', reason };
    // Unless somebody has wrapped it since.
    if (this.#push && this.#request.push === this.#captured) this.#request.push = this.#push;
  }

  /** Lets the bytes come until all are there, or too many, or the request ends some other way. */
  async #wait(limits: BodyLimits): Promise<void> {
    const request = this.#request;
    if (!request.destroyed && !request.readableEnded) {
      this.#hold = new BodyHold(request, this.#response, limits, this.#chunksWaiting);
      await this.#hold.untilEnded();
      const { refusal } = this.#hold;
      this.#hold = undefined;
      if (refusal) throw new RefusalError(refusal);
    }
    if (!this.isArriving) return;
    if (request.readableEnded && !request.aborted) this.#lose('the body ended without passing the capture');
    else this.#outcome = { state: 'cut short' };
  }

  #result(): string | undefined {
    const outcome = this.#outcome;
    if (outcome.state === 'lost') throw notCaptured(outcome.reason);
    if (outcome.state !== 'whole') return undefined;
    if (!this.#request.readableDidRead && this.#request.readableLength !== this.#bytes) {
      // Another wrapper of push() stands between us and the handler.
      throw notCaptured('other bytes wait for the handler than those that arrived');
    }
    return outcome.hash;
  }
}

function notCaptured(reason: string): RefusalError {
  return new RefusalError(refusalOf('BODY_NOT_CAPTURED', { reason }));
}
