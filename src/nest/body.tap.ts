import { createHash, type Hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { RefusalError, refusalOf } from '../core/refusal.js';
import { declaresUnsignedPayload } from '../core/verification.js';
import { isSigned, readHeaders } from './http.request.js';
import { objectMemory } from './object.memory.js';

/** What became of the bytes that a tap watches. */
type Outcome =
  | { readonly state: 'arriving' }
  | { readonly state: 'whole'; readonly hash: string }
  | { readonly state: 'cut short' }
  | { readonly state: 'lost'; readonly reason: string };

const EMPTY_BODY_HASH = createHash('sha256').digest('hex');

const taps = objectMemory<BodyTap>();

/**
 * Watches the bytes of one request's body where they arrive, and keeps their hash and no bytes (SPEC section 1, body
 * hash). It sits on the stream's `push`: before inflation, parsing and whoever reads, whatever the content type.
 *
 * While someone waits for the hash, bytes that nobody reads stay in the stream's own buffer, past its high-water mark
 * and up to a limit; whoever reads afterwards finds them all there.
 */
export class BodyTap {
  /** The method as it came, whatever a method override made of it since. */
  readonly method: string;
  /** The request target as it came, whatever mounted applications and rewriting made of it since. */
  readonly target: string;

  readonly #request: IncomingMessage;
  #outcome: Outcome = { state: 'arriving' };
  #hasher: Hash | undefined;
  #bytes = 0;
  #hold: { readonly limit: number; readonly wake: () => void } | undefined;
  #waiting: Promise<void> | undefined;

  /** The tap of a request: from where it was seen first, or else from here on. */
  static on(request: IncomingMessage): BodyTap {
    let tap = taps.get(request);
    if (!tap) taps.set(request, (tap = new BodyTap(request)));
    return tap;
  }

  private constructor(request: IncomingMessage) {
    this.#request = request;
    this.method = request.method ?? '';
    this.target = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '';
    if (request.readableDidRead || request.readableLength > 0 || request.destroyed) {
      this.#lose('some of it had arrived, or was read, before the request was seen');
    } else if (!hasBody(request)) {
      this.#outcome = { state: 'whole', hash: EMPTY_BODY_HASH };
    } else if (!isSigned(request) || declaresUnsignedPayload(readHeaders(request))) {
      this.#lose('no signature speaks of it');
    } else {
      this.#watch();
    }
  }

  /** Whether there are bytes to wait for still. */
  get isWatching(): boolean {
    return this.#outcome.state === 'arriving';
  }

  /** Bytes that have arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The hex sha256 of the whole body: at once if all of it has arrived, else when it has. Nothing if it ends before.
   * Throws, or rejects with, a RefusalError: BODY_TOO_LARGE if more than `limit` bytes would have to wait in memory,
   * BODY_NOT_CAPTURED if what arrived is not for certain what the handler will read.
   */
  hash(limit: number): string | undefined | Promise<string | undefined> {
    // Nobody has read it: all of it that there is, or will be, has to wait in memory.
    const waiting = this.#request.readableDidRead ? 0 : Math.max(this.#bytes, this.#declaredLength);
    if (waiting > limit) throw tooLarge();
    if (this.#outcome.state !== 'arriving') return this.#result();
    this.#waiting ??= this.#wait(limit);
    return this.#waiting.then(() => this.#result());
  }

  #watch(): void {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called on this very request below
    const push = this.#request.push;
    this.#request.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      this.#see(chunk, encoding);
      const goOn = push.call(this.#request, chunk, encoding);
      if (this.#outcome.state !== 'arriving') this.#hold?.wake();
      return goOn || this.#hold !== undefined;
    };
  }

  #see(chunk: unknown, encoding: BufferEncoding | undefined): void {
    if (this.#outcome.state !== 'arriving') return;
    if (chunk === null) return this.#end();
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    if (!(bytes instanceof Uint8Array)) return this.#lose('something put other things than bytes into it');
    (this.#hasher ??= createHash('sha256')).update(bytes);
    this.#bytes += bytes.length;
    if (this.#hold && this.#bytes > this.#hold.limit) this.#hold.wake();
  }

  #end(): void {
    const { complete, aborted } = this.#request;
    // `complete` says something of HTTP/1 only.
    if (aborted || (isHttp1(this.#request) && !complete)) {
      this.#outcome = { state: 'cut short' };
    } else if (this.#bytes !== (this.#declaredLength || this.#bytes)) {
      this.#lose('fewer or more bytes came through than Content-Length says');
    } else {
      this.#outcome = { state: 'whole', hash: this.#hasher?.digest('hex') ?? EMPTY_BODY_HASH };
    }
  }

  #lose(reason: string): void {
    this.#outcome = { state: 'lost', reason };
  }

  /** Content-Length, or 0 if there is none. */
  get #declaredLength(): number {
    return Number(this.#request.headers['content-length'] ?? 0);
  }

  /** Lets the bytes come until all are there, or too many, or the request ends some other way. */
  async #wait(limit: number): Promise<void> {
    const request = this.#request;
    if (!request.destroyed && !request.readableEnded) await this.#holdBytes(limit);
    if (this.#outcome.state === 'arriving' && this.#bytes > limit) throw tooLarge();
    // A reset HTTP/2 stream ends first like a whole one, and is known to be aborted only then.
    if (!isHttp1(request)) await setImmediate();
    if (this.#outcome.state !== 'arriving') return;
    if (request.readableEnded && !request.aborted) this.#lose('its end came through some other way');
    else this.#outcome = { state: 'cut short' };
  }

  #holdBytes(limit: number): Promise<void> {
    const request = this.#request;
    const events = ['aborted', 'close', 'end'] as const;
    return new Promise((resolve) => {
      const wake = () => {
        this.#hold = undefined;
        for (const event of events) request.off(event, wake);
        resolve();
      };
      this.#hold = { limit, wake };
      for (const event of events) request.on(event, wake);
      if (this.#bytes > limit) wake();
      else startReading(request);
    });
  }

  #result(): string | undefined {
    const outcome = this.#outcome;
    if (outcome.state === 'lost') throw notCaptured(outcome.reason);
    if (outcome.state !== 'whole' || wasReset(this.#request)) return undefined;
    const { readableDidRead, readableLength } = this.#request;
    if (!readableDidRead && readableLength !== this.#bytes) {
      // Another wrapper of push() stands between us and the handler.
      throw notCaptured('other bytes wait for the handler than those that arrived');
    }
    return outcome.hash;
  }
}

/** Whether a body may come. HTTP/1 announces each; elsewhere only the end of the stream tells. */
function hasBody(request: IncomingMessage): boolean {
  if (!isHttp1(request)) return true;
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || Number(length) !== 0;
}

/** Real HTTP/1: neither HTTP/2, whose requests have a socket too, nor a request that was injected without one. */
function isHttp1(request: IncomingMessage): boolean {
  return request.httpVersionMajor === 1 && request.socket instanceof Socket;
}

/** Whether an HTTP/2 stream was cut off; on HTTP/1 `aborted` may tell of a client that left after a whole request. */
function wasReset(request: IncomingMessage): boolean {
  return !isHttp1(request) && request.aborted;
}

/** Not read(0) on HTTP/1: Node would take the body for consumed, and never drain what a refusal left on the wire. */
function startReading(request: IncomingMessage): void {
  if (isHttp1(request)) request.socket.resume();
  else request.read(0);
}

function tooLarge(): RefusalError {
  return new RefusalError(refusalOf('BODY_TOO_LARGE'));
}

function notCaptured(reason: string): RefusalError {
  return new RefusalError(refusalOf('BODY_NOT_CAPTURED', { reason }));
}
