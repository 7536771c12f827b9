import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { isUint8Array } from 'node:util/types';
import { RefusalError, refusalOf } from '../core/refusal.js';
import { RawHeaders } from '../core/scheme/raw-headers.js';
import { EMPTY_HASH, sha256Hex } from '../core/scheme/signature.js';
import { declaresUnsignedPayload } from '../core/verify/authorization-header.js';
import type { TargetAmbiguity } from '../core/verify/request-target.js';
import { BodyHold, type BodyLimits } from './body-hold.js';
import { declaredLengthOf, hasBody, headerAmbiguity, headerLinesOf, isHttp1, isSigned } from './node-request.js';
import { privateState } from './private-state.js';
import type { StateEntry } from './request-state.js';

/** What became of the bytes that a capture watches. */
type Outcome =
  | { readonly state: 'arriving' }
  | { readonly state: 'whole'; readonly hash: string }
  | { readonly state: 'cut short' }
  | { readonly state: 'lost'; readonly reason: string };

const captures = privateState<BodyCapture>();

/**
 * Watches the bytes of one request's body where they arrive, and keeps their hash and no bytes (docs/spec.md, Body
 * hash). It sits on the stream's `push`: before inflation, parsing and whoever reads, whatever the content type.
 *
 * What else a verdict asks of the request is read when it is seen, too: Express gives each request a prototype of its own
 * making afterwards, and then V8 looks every property up anew, for some µs each time.
 *
 * While someone waits for the hash, bytes that nobody reads stay in the stream's own buffer, past its high-water mark
 * and up to a limit; whoever reads afterwards finds them all there.
 */
export class BodyCapture {
  /** The request that it is on. */
  readonly request: IncomingMessage;
  /** The response to it; nothing if it was seen without one. */
  readonly response: ServerResponse | undefined;
  /** The method as it came, whatever a method override made of it since. */
  readonly method: string;
  /** The request target as it came, whatever mounted applications and rewriting made of it since. */
  readonly target: string;
  /** The header lines as they came. */
  readonly headers: RawHeaders;
  /** Why the headers can be read in two ways, or may not be complete. Not set: neither is so. */
  readonly ambiguity: TargetAmbiguity | undefined;
  /** The start of what is remembered with the request. */
  lastEntry: StateEntry | undefined;

  readonly #isHttp1: boolean;
  readonly #declaredLength: number;
  /** What took bytes before: Node's own, or somebody's wrapper of it. */
  #push: IncomingMessage['push'] | undefined;
  #outcome: Outcome = { state: 'arriving' };
  #hasher: Hash | undefined;
  #wholeHash: string | undefined;
  #bytes = 0;
  #chunksWaiting = 0;
  #hold: BodyHold | undefined;
  #waiting: Promise<void> | undefined;

  /** The capture of a request: from where it was seen first, or else from here on. */
  static on(request: IncomingMessage, response?: ServerResponse): BodyCapture {
    let capture = captures.get(request);
    if (!capture) captures.set(request, (capture = new BodyCapture(request, response)));
    return capture;
  }

  /** The capture of a request, if it was seen. */
  static find(request: IncomingMessage): BodyCapture | undefined {
    return captures.get(request);
  }

  private constructor(request: IncomingMessage, response: ServerResponse | undefined) {
    this.request = request;
    this.response = response;
    this.#isHttp1 = isHttp1(request);
    this.#declaredLength = declaredLengthOf(request);
    this.method = request.method ?? '';
    this.target = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '';
    this.headers = new RawHeaders(headerLinesOf(request));
    this.ambiguity = headerAmbiguity(request);
    if (request.readableDidRead || request.readableLength > 0 || request.destroyed) {
      this.#lose('some of it had arrived, or was read, before the request was seen');
    } else if (!hasBody(request)) {
      this.#outcome = { state: 'whole', hash: EMPTY_HASH };
    } else if (!isSigned(request) || declaresUnsignedPayload(this.headers)) {
      this.#lose('no signature speaks of it');
    } else {
      this.#begin();
    }
  }

  /** Whether there are bytes to wait for still. */
  get isCapturing(): boolean {
    return this.#outcome.state === 'arriving';
  }

  /** Bytes that have arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The hex sha256 of the whole body, if all of it has arrived; nothing is asked for that has not. */
  get hashSoFar(): string | undefined {
    return this.#outcome.state === 'whole' ? this.#outcome.hash : undefined;
  }

  /**
   * The hex sha256 of the whole body: at once if all of it has arrived, else when it has. Nothing if it ends before.
   * Throws, or rejects with, a RefusalError: BODY_TOO_LARGE or HELD_BYTES_EXCEEDED if more would have to wait in memory
   * than may, BODY_NOT_CAPTURED if what arrived is not for certain what the handler will read.
   */
  hash(limits: BodyLimits): string | undefined | Promise<string | undefined> {
    if (this.#waitingBytes() > limits.bodyLimit) throw new RefusalError(refusalOf('BODY_TOO_LARGE'));
    if (this.#outcome.state !== 'arriving') return this.#result();
    this.#waiting ??= this.#wait(limits);
    return this.#waiting.then(() => this.#result());
  }

  /** Ends the capture, where no verdict will ask for the hash any more. What comes from here on is not hashed. */
  end(): void {
    if (this.isCapturing) this.#lose('the request was answered before all of it had arrived');
  }

  #begin(): void {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called on this very request below
    this.#push = this.request.push;
    this.request.push = pushCaptured;
  }

  /** Bytes that have to wait in memory: while nobody has read it, all of the body that there is, or will be. */
  #waitingBytes(): number {
    const most = Math.max(this.#bytes, this.#declaredLength);
    // Not asked of a request without a body: behind Express each question is slow.
    return most > 0 && this.request.readableDidRead ? this.request.readableLength : most;
  }

  /** Passes on what arrives: bytes, or null for the end. */
  pass(chunk: unknown, encoding?: BufferEncoding): boolean {
    const { request } = this;
    if (this.#chunksWaiting > 0 && request.readableLength === 0) this.#chunksWaiting = 0;
    this.#see(chunk, encoding);
    const goOn = this.#push!.call(request, chunk, encoding);
    if (chunk) this.#chunksWaiting += 1;
    this.#hold?.charge(this.#chunksWaiting);
    if (this.#outcome.state !== 'arriving') this.#hold?.end();
    return goOn || (this.#hold?.isHolding ?? false);
  }

  #see(chunk: unknown, encoding: BufferEncoding | undefined): void {
    if (this.#outcome.state !== 'arriving') return;
    if (chunk === null) return this.#finish();
    // Nobody waits for the hash, and the response is over.
    if (!this.#hold && this.response?.writableEnded) return this.end();
    if (chunk === undefined) return; // no chunk for Node either
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    // Not by `instanceof`: the bytes may come from another realm.
    if (!isUint8Array(bytes)) return this.#lose('something put other things than bytes into it');
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
    return this.#isHttp1 ? !this.request.complete : this.request.aborted;
  }

  #lose(reason: string): void {
    this.#outcome = { state: 'lost', reason };
    // Unless somebody has wrapped it since.
    if (this.#push && this.request.push === pushCaptured) this.request.push = this.#push;
  }

  /** Lets the bytes come until all are there, or too many, or the request ends some other way. */
  async #wait(limits: BodyLimits): Promise<void> {
    const { request } = this;
    if (!request.destroyed && !request.readableEnded) {
      this.#hold = new BodyHold(request, this.response, limits, this.#chunksWaiting);
      await this.#hold.untilEnded();
      const { refusal } = this.#hold;
      this.#hold = undefined;
      if (refusal) throw new RefusalError(refusal);
    }
    if (this.#outcome.state !== 'arriving') return;
    if (request.readableEnded && !request.aborted) this.#lose('its end came through some other way');
    else this.#outcome = { state: 'cut short' };
  }

  #result(): string | undefined {
    const outcome = this.#outcome;
    if (outcome.state === 'lost') throw notCaptured(outcome.reason);
    if (outcome.state !== 'whole') return undefined;
    if (!this.request.readableDidRead && this.request.readableLength !== this.#bytes) {
      // Another wrapper of push() stands between us and the handler.
      throw notCaptured('other bytes wait for the handler than those that arrived');
    }
    return outcome.hash;
  }
}

/** The `push` of every watched request: one function for all, as one for each costs a request 45 µs behind a framework. */
function pushCaptured(this: IncomingMessage, chunk: unknown, encoding?: BufferEncoding): boolean {
  const capture = captures.get(this);
  // An object created from the request. Its bytes are not hashed, so the missing end makes the guard refuse the body.
  return capture ? capture.pass(chunk, encoding) : Readable.prototype.push.call(this, chunk, encoding);
}

function notCaptured(reason: string): RefusalError {
  return new RefusalError(refusalOf('BODY_NOT_CAPTURED', { reason }));
}
