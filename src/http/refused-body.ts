import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { BodyCapture } from './body-capture.js';
import { isHttp1 } from './node-request.js';

/** Milliseconds that a sender may take to end the body of a request that was answered before. */
const LONGEST_LINGERING = 5000;

/**
 * Lets go of a refused request's body: what waits in memory is dropped now, and what comes yet as it comes, without being
 * hashed. Node itself does so when the answer is out, which can be long after, behind other ones of its connection.
 */
export function discardBody(capture: BodyCapture): void {
  const { request } = capture;
  capture.end();
  request.resume();
  if (isHttp1(request) && !request.complete && !request.destroyed) lingerOnClose(request);
}

/** What a connection's `destroySoon` was before it was replaced by another one. */
const originals = new WeakMap<() => void, (this: Socket) => void>();

/**
 * Lets a client that asked for `Connection: close`, as many proxies do, read the answer to a request whose body is still
 * on its way. Node would close both directions after the answer, and the bytes that come then reset the connection, the
 * unread answer with it. Instead its own direction is closed at once, the other when the body has ended, or after 5 s.
 *
 * Only while the body is on its way: the later requests of a connection that is kept are answered as Node answers them.
 */
function lingerOnClose(request: IncomingMessage): void {
  // What Node's HTTP server calls when an answer is out after which the connection is not kept.
  const socket = request.socket as Socket & { destroySoon: () => void };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on this very socket below
  const { destroySoon } = socket;
  // Of requests sent one behind another, the one before may not have closed yet.
  const original = originals.get(destroySoon) ?? destroySoon;
  const linger = () => {
    if (request.complete) {
      original.call(socket);
      return;
    }
    const timer = setTimeout(() => socket.destroy(), LONGEST_LINGERING);
    socket.once('close', () => clearTimeout(timer));
    request.once('close', () => socket.destroy());
    socket.end();
    request.resume();
  };
  originals.set(linger, original);
  socket.destroySoon = linger;
  request.once('close', () => {
    if (socket.destroySoon === linger) socket.destroySoon = original;
  });
}
