import type { IncomingMessage, Server } from 'node:http';
import { Http2ServerRequest } from 'node:http2';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { ALGORITHM } from '../core/scheme/canonical-request.js';
import type { WireRequest } from '../core/scheme/wire-request.js';
import type { TargetAmbiguity } from '../core/verify/request-target.js';

/** Node's request behind a framework's (Fastify keeps it in `raw`); nothing for another value. */
export function rawRequestOf(request: unknown): IncomingMessage | undefined {
  // First of all, as applications on Express keep things of their own in `raw`.
  if (request instanceof Readable) return request as IncomingMessage;
  const { raw } = (request ?? {}) as { raw?: unknown };
  return raw instanceof Readable ? (raw as IncomingMessage) : undefined;
}

/** Whether a request says that it has a signature of this scheme. */
export function isSigned(request: IncomingMessage): boolean {
  return request.headers.authorization?.startsWith(ALGORITHM) ?? false;
}

/** Real HTTP/1: neither HTTP/2, whose requests seem to have a socket too, nor one that was injected without any. */
export function isHttp1(request: IncomingMessage): boolean {
  return request.socket instanceof Socket && !(request instanceof Http2ServerRequest);
}

/** Bytes of the body by Content-Length; 0 if it does not say, or if Transfer-Encoding overrides it (RFC 9112 section 6.3). */
export function declaredLengthOf(request: IncomingMessage): number {
  return isChunked(request) ? 0 : Number(request.headers['content-length'] ?? 0);
}

function isChunked({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined;
}

/** Whether a request has a body. Returns nothing where only the end of the body tells: chunked, or HTTP/2 without a length. */
export function announcesBody(request: IncomingMessage): boolean | undefined {
  if (declaredLengthOf(request) !== 0) return true;
  const isOpen = request instanceof Http2ServerRequest ? !request.stream.endAfterHeaders : isChunked(request);
  return isOpen ? undefined : false;
}

const PRINTABLE_ASCII = /^[\x21-\x7e]*$/;

/** Why a request with this target can be read in two ways, or its headers may not be complete. Returns nothing if neither is so. */
export function requestAmbiguity(request: IncomingMessage, target: string): TargetAmbiguity | undefined {
  if (hasTwoHosts(request)) return 'two hosts';
  if (mayHideHeaders(request)) return 'header lines hidden by Node';
  return PRINTABLE_ASCII.test(target) ? undefined : 'odd bytes in the target';
}

/** The settings of the server that a request came to; none if it came to no server. */
export function serverOf({ socket }: IncomingMessage): Partial<Server> {
  return (socket as { server?: Partial<Server> } | null)?.server ?? {};
}

/** Lines of headers that Node's HTTP/1 parser shows, unless a server's `maxHeadersCount` says another number. */
const MOST_HEADER_LINES = 1000;

/**
 * Whether there may be header lines that Node does not show. It drops lines past a number, but still obeys them: a
 * request can have a Content-Length, and a body, that its visible headers do not announce.
 */
function mayHideHeaders(request: IncomingMessage): boolean {
  if (!isHttp1(request)) return false;
  const { maxHeadersCount } = serverOf(request);
  const most = maxHeadersCount ?? MOST_HEADER_LINES;
  return most > 0 && request.rawHeaders.length >= 2 * most;
}

/** Every header line, name and value in turn. On HTTP/2 `:authority` stands in for a `host` that is not there. */
export function headerLinesOf(request: IncomingMessage): readonly string[] {
  const rawHeaders = rawHeadersOf(request);
  const authority = authorityOf(request);
  return authority === undefined || hostsOf(request).length > 0 ? rawHeaders : [...rawHeaders, 'host', authority];
}

/** The same in pairs, without HTTP/2's own ones. */
export function readHeaders(request: IncomingMessage): WireRequest['headers'] {
  return pairsOf(headerLinesOf(request)).filter(([name]) => !name.startsWith(':'));
}

/** Whether `:authority` and `host` name two different hosts: then it is not known which one was signed. */
function hasTwoHosts(request: IncomingMessage): boolean {
  const authority = authorityOf(request);
  return authority !== undefined && hostsOf(request).some((host) => host !== authority);
}

function authorityOf(request: IncomingMessage): string | undefined {
  const authority = request.headers[':authority'];
  return typeof authority === 'string' ? authority : undefined;
}

/**
 * Name and value in turn. Adapters of serverless platforms make requests with `headers` alone: each element of a list is a
 * header of its own there, and what the platform joined cannot be told apart.
 */
function rawHeadersOf({ rawHeaders, headers }: IncomingMessage): readonly string[] {
  if (rawHeaders.length > 0) return rawHeaders;
  // Adapters put numbers there too.
  const fields = Object.entries(headers as Record<string, string | number | string[] | undefined>);
  return fields.flatMap(([name, value]) => [value ?? []].flat().flatMap((each) => [name, String(each)]));
}

function hostsOf(request: IncomingMessage): string[] {
  const hosts = pairsOf(rawHeadersOf(request)).filter(([name]) => name.toLowerCase() === 'host');
  return hosts.map(([, value]) => value);
}

function pairsOf(lines: readonly string[]): (readonly [name: string, value: string])[] {
  return Array.from({ length: lines.length / 2 }, (_, at) => [lines[2 * at]!, lines[2 * at + 1]!] as const);
}
