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

/**
 * Lets a client that asked for `Connection: close`, as many proxies do, read the answer to a request whose body is still
 * on its way. Node would close both directions after the answer, and the bytes that come then reset the connection, the
 * unread answer with it. Instead its own direction is closed at once, the other when the body has ended, or after 5 s.
 */
function lingerOnClose(request: IncomingMessage): void {
  const socket = request.socket as Socket & { destroySoon: () => void };
  // What Node's HTTP server calls when an answer is out after which the connection is not kept.
  socket.destroySoon = () => {
    const timer = setTimeout(() => socket.destroy(), LONGEST_LINGERING);
    socket.once('close', () => clearTimeout(timer));
    request.once('close', () => socket.destroy());
    socket.end();
    request.resume();
  };
}
