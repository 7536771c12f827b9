import { canonicalQuery, canonicalUri, queryPairs, splitTarget } from './canonical-request.js';
import { shortened } from './fields.js';
import { say } from './language.js';
import { toWireText } from './wire-text.js';

/** @import { Problems } from './fields.js' */
/** @import { RequestToSign } from './signing.js' */
/** @typedef {Omit<RequestToSign, 'signedHeaders'>} RequestToSend */

const TIMEOUT = 30_000;

/**
 * Reasons why a browser, unlike curl, cannot send the request as it was signed. It drops forbidden headers in silence.
 *
 * @param {RequestToSend} request
 * @returns {Problems}
 */
export function obstaclesTo(request) {
  const { method, target, headers, body } = request;
  /** @type {Problems} */
  const obstacles = new Map();
  const { pathname, search } = new URL(location.origin + target);
  if (canonicalTarget(pathname + search) !== canonicalTarget(target)) {
    obstacles.set('target', say('A browser would send {} here. Use the curl command.', shortened(pathname + search)));
  }
  if (body && method === 'GET') {
    obstacles.set('body', say('A browser sends no body with GET. Use the curl command.'));
    return obstacles;
  }
  const sent = toFetch(request).headers;
  const dropped = headers.find(([name, value]) => (isHost(name) ? value.trim() !== location.host : !sent.has(name)));
  if (dropped) obstacles.set('headers', say('A browser does not let a page set {}. Use the curl command.', dropped[0]));
  return obstacles;
}

/**
 * Sends the request to this page's own server. Rejects if no answer comes.
 *
 * @param {RequestToSend} request
 */
export async function send(request) {
  const response = await fetch(toFetch(request), { signal: AbortSignal.timeout(TIMEOUT) });
  return { status: response.status, statusText: response.statusText, text: await response.text() };
}

/** @param {RequestToSend} request */
function toFetch({ method, target, headers, body }) {
  const others = new Headers();
  for (const [name, value] of headers) if (!isHost(name)) others.append(name, toWireText(value));
  // The origin comes first. A path of //host/path alone would go to another server.
  return new Request(location.origin + target, {
    method,
    headers: others,
    ...(body && { body }), // The body is sent as bytes. With a text, fetch would add an unsigned Content-Type.
    credentials: 'omit',
    redirect: 'manual',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
  });
}

/** @param {string} name */
function isHost(name) {
  return name.toLowerCase() === 'host';
}

/** @param {string} target */
function canonicalTarget(target) {
  const [path, query] = splitTarget(target);
  return `${canonicalUri(path)}?${canonicalQuery(queryPairs(query) ?? [])}`;
}
