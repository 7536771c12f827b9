import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Http2ServerRequest } from 'node:http2';
import { refusalOf, type Refusal } from '../core/refusal.js';
import type { HeldBytes, HeldShare, ReasonToGo } from './held-bytes.js';
import { isHttp1, serverOf } from './node-request.js';

/** How much may wait in memory for a verdict. */
export interface BodyLimits {
  /** Bytes of one body. */
  readonly bodyLimit: number;
  /** The account of all bodies together. */
  readonly heldBytes: HeldBytes;
}

/** Bytes of memory that a chunk takes besides its own: up to 431, by test/bench/chunk-overhead.js, rounded up. */
const CHUNK_OVERHEAD = 512;
/** Chunks that any one body may wait in; a body of more bytes than these have overhead may have more. */
const MANY_CHUNKS = 2 ** 16;

/** Milliseconds that a body may be held, if its server has no `requestTimeout`: Node's default for that. */
const LONGEST_HOLD = 300_000;

const ENDINGS = ['aborted', 'end'] as const;

/**
 * Lets an unread body arrive past the high-water mark of the stream's own buffer. A later reader finds all of it there.
 * Bytes are charged to {@link HeldBytes} when they arrive, and given back when they leave the buffer. The rest is given
 * back when the request or its response closes.
 *
 * Node ends an HTTP/1 request that takes longer than the server's `requestTimeout`. It ends no
 * HTTP/2 request, and none at all where `requestTimeout` is 0, as under Fastify. There the hold ends itself, as if the
 * sender had left: after 300 s, or after the `requestTimeout` that an application gave its HTTP/2 server.
 */
export class BodyHold {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse | undefined;
  readonly #limits: BodyLimits;
  readonly #share: HeldShare;
  /** What closes with the exchange. A request of which a part was read never closes by itself. */
  readonly #closing: readonly EventEmitter[];
  readonly #timer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;
  #isHolding = true;
  #refusal: Refusal | undefined;
  #chunks = 0;

  constructor(request: IncomingMessage, response: ServerResponse | undefined, limits: BodyLimits, chunks: number) {
    this.#request = request;
    this.#response = response;
    this.#limits = limits;
    this.#share = limits.heldBytes.open((reason) => this.#giveWay(reason));
    this.#timer = timeOut(request, () => this.#giveUp());
    const outlet = response ?? (isHttp1(request) ? request.socket : undefined);
    this.#closing = outlet ? [request, outlet] : [request];
    for (const event of ENDINGS) request.on(event, this.end);
    for (const each of this.#closing) each.on('close', this.#release);
    this.#chargeLessAsItLeaves();
    this.charge(chunks);
  }

  /** Lets bytes come until the hold ends: by `end()`, at a limit, or with the request. */
  untilEnded(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#isHolding) startReading(this.#request);
      else resolve();
    });
  }

  /** Whether more bytes are welcome. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Why the hold ended, if it was at a limit. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** Charges what waits in the buffer, which came in so many chunks. */
  charge(chunks: number): void {
    const { bodyLimit } = this.#limits;
    this.#chunks = chunks;
    if (this.#request.readableLength > bodyLimit) this.#end(refusalOf('BODY_TOO_LARGE'));
    else if (chunks > Math.max(MANY_CHUNKS, bodyLimit / CHUNK_OVERHEAD)) this.#end(tooMuch('too many chunks'));
    else this.#setShare();
  }

  /** Ends the hold; what it holds stays charged until it leaves the buffer. */
  readonly end = (): void => this.#end();

  readonly #release = (): void => {
    this.#end();
    this.#share.close();
    for (const each of this.#closing) each.off('close', this.#release);
  };

  #giveWay(reason: ReasonToGo): void {
    if (reason === 'shutdown') this.#giveUp(tooMuch(reason));
    else this.#end(tooMuch(reason));
  }

  /** Waits for a sender no longer, nor for the rest of its body after the answer. */
  #giveUp(refusal?: Refusal): void {
    closeAfterAnswer(this.#request, this.#response);
    this.#end(refusal);
  }

  #end(refusal?: Refusal): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    clearTimeout(this.#timer);
    this.#refusal = refusal;
    this.#share.settle();
    for (const event of ENDINGS) this.#request.off(event, this.end);
    this.#wake?.();
  }

  #chargeLessAsItLeaves(): void {
    const request = this.#request;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called on this very request below
    const { read } = request;
    request.read = (size?: number): unknown => {
      const chunk: unknown = read.call(request, size);
      this.#setShare();
      return chunk;
    };
  }

  #setShare(): void {
    const { readableLength } = this.#request;
    this.#share.set(readableLength && readableLength + this.#chunks * CHUNK_OVERHEAD);
  }
}

function tooMuch(reason: ReasonToGo | 'too many chunks'): Refusal {
  return refusalOf('HELD_BYTES_EXCEEDED', { reason });
}

/** Ends the connection, or over HTTP/2 the stream, once the answer is out, though the body is not whole. */
function closeAfterAnswer(request: IncomingMessage, response: ServerResponse | undefined): void {
  if (request instanceof Http2ServerRequest) request.stream.once('finish', () => request.stream.close());
  else if (!response?.headersSent) response?.setHeader('Connection', 'close');
}

function timeOut(request: IncomingMessage, end: () => void): NodeJS.Timeout | undefined {
  const { requestTimeout = 0 } = serverOf(request);
  if (isHttp1(request) && requestTimeout > 0) return undefined;
  return setTimeout(end, requestTimeout || LONGEST_HOLD).unref();
}

/** Not read(0) on HTTP/1: Node would take the body for consumed, and never drain what a refusal left on the wire. */
function startReading(request: IncomingMessage): void {
  if (isHttp1(request)) request.socket.resume();
  else request.read(0);
}
