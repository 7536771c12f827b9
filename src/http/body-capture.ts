import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { RawHeaders } from '../core/scheme/raw-headers.js';
import { EMPTY_HASH } from '../core/scheme/signature.js';
import { declaresUnsignedPayload } from '../core/verify/authorization-header.js';
import type { ReceivedRequest } from '../core/verify/received-request.js';
import type { TargetAmbiguity } from '../core/verify/request-target.js';
import type { BodyLimits } from './body-hold.js';
import { CapturedBody } from './captured-body.js';
import { announcesBody, headerLinesOf, isHttp1, isSigned, requestAmbiguity } from './node-request.js';
import { privateState } from './private-state.js';
import type { StateEntry } from './request-state.js';

const captures = privateState<BodyCapture>();

/**
 * Watches the bytes of one request's body where they arrive, and keeps their hash and no bytes (docs/spec.md, Body
 * hash). It sits on the stream's `push`: before inflation, parsing and any reader, whatever the content type is. A stream
 * without a body is left alone.
 *
 * What else a verdict asks of the request is read when it is seen, too: Express gives each request a prototype of its own
 * making afterwards, and then V8 looks every property up anew, for some µs each time.
 */
export class BodyCapture implements ReceivedRequest {
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
  /** Whether a body was announced. Not set: only its end tells. */
  readonly hasBody: boolean | undefined;
  /** The start of what is remembered with the request. */
  lastEntry: StateEntry | undefined;

  readonly #ambiguity: TargetAmbiguity | undefined;
  /** Not set: the request has no body, for certain. */
  readonly #body: CapturedBody | undefined;

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
    this.method = request.method ?? '';
    this.target = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '';
    this.headers = new RawHeaders([...headerLinesOf(request)]); // a copy: Node's own list can be written to
    this.hasBody = announcesBody(request);
    this.#ambiguity = requestAmbiguity(request, this.target);
    this.#body = this.#capture();
  }

  /** Why the request can be read in two ways, as far as its target does not tell. Not set: it cannot. */
  get ambiguity(): TargetAmbiguity | undefined {
    // An override, which may come at any time, would let an unsigned header choose the handler.
    return this.#ambiguity ?? (this.request.method === this.method ? undefined : 'method overridden');
  }

  /** Whether there is nothing to capture: a request without a body, whose stream is not read yet. */
  get capturesNothing(): boolean {
    return this.#body === undefined;
  }

  /** Whether there are bytes to wait for still. */
  get isCapturing(): boolean {
    return this.#body?.isArriving ?? false;
  }

  /** Bytes that have arrived. */
  get bytes(): number {
    return this.#body?.bytes ?? 0;
  }

  /** The hex sha256 of the whole body, if all of it has arrived; nothing is asked for that has not. */
  get hashSoFar(): string | undefined {
    return this.#body ? this.#body.hashSoFar : EMPTY_HASH;
  }

  /**
   * The hex sha256 of the whole body: at once if all of it has arrived, else when it has. Nothing if it ends before.
   * Throws, or rejects with, a RefusalError: BODY_TOO_LARGE or HELD_BYTES_EXCEEDED if more would have to wait in memory
   * than may, BODY_NOT_CAPTURED if what arrived is not for certain what the handler will read.
   */
  hash(limits: BodyLimits): string | undefined | Promise<string | undefined> {
    return this.#body ? this.#body.hash(limits) : EMPTY_HASH;
  }

  /** Ends the capture, where no verdict will ask for the hash any more. What comes from here on is not hashed. */
  end(): void {
    this.#body?.end();
  }

  /** Passes on what arrives: bytes, or null for the end. */
  pass(chunk: unknown, encoding?: BufferEncoding): boolean {
    return this.#body!.pass(chunk, encoding);
  }

  #capture(): CapturedBody | undefined {
    const { request, response, headers, hasBody } = this;
    const capture = (problem?: string) => new CapturedBody(request, response, pushCaptured, problem);
    if (request.readableDidRead || request.readableLength > 0 || request.destroyed) {
      return capture('a part of the body arrived, or was read, before the capture began');
    }
    // HTTP/1 announces each body; elsewhere only the end of the stream tells.
    if (hasBody === false && isHttp1(request)) return undefined;
    // As on a request that opens a WebSocket and yet announces a body: no byte of it will come, and no end.
    if (isHttp1(request) && request.complete) return capture('the body ended before the capture began');
    if (!isSigned(request) || declaresUnsignedPayload(headers)) return capture('the body is not signed');
    return capture();
  }
}

/** The `push` of every watched request: one function for all, as one for each costs a request 45 µs behind a framework. */
function pushCaptured(this: IncomingMessage, chunk: unknown, encoding?: BufferEncoding): boolean {
  const capture = captures.get(this);
  // An object created from the request. Its bytes are not hashed, so the missing end makes the guard refuse the body.
  return capture ? capture.pass(chunk, encoding) : Readable.prototype.push.call(this, chunk, encoding);
}
