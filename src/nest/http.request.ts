import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { ExecutionContext } from '@nestjs/common';
import { ALGORITHM } from '../core/canonical-request.js';
import type { WireRequest } from '../core/wire-request.js';

/** Node's request behind a framework's (Fastify keeps it in `raw`); nothing if there is none. */
export function rawRequestOf(request: unknown): IncomingMessage | undefined {
  // Not any `raw`: applications on Express keep things of their own under that name.
  const { raw } = (request ?? {}) as { raw?: unknown };
  const found = raw instanceof Readable ? raw : request;
  return found instanceof Readable ? (found as IncomingMessage) : undefined;
}

/** The framework's request in a context of HTTP or GraphQL; nothing for any other. */
export function requestIn(context: ExecutionContext): unknown {
  const type = context.getType<string>();
  if (type === 'http') return context.switchToHttp().getRequest<unknown>();
  // Read without importing @nestjs/graphql: its context object is the third argument of a resolver.
  if (type === 'graphql') return context.getArgByIndex<{ req?: unknown } | undefined>(2)?.req;
  return undefined;
}

/** Whether a request claims to carry a signature of this scheme. */
export function isSigned(request: IncomingMessage): boolean {
  return request.headers.authorization?.startsWith(ALGORITHM) ?? false;
}

/** Every header line in order. On HTTP/2 `:authority` stands in for a `host` that is not there. */
export function readHeaders(request: IncomingMessage): WireRequest['headers'] {
  const headers: [string, string][] = [];
  const { rawHeaders } = request;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (!name.startsWith(':')) headers.push([name, rawHeaders[at + 1]!]);
  }
  const authority = authorityOf(request);
  if (authority !== undefined && !hostsIn(headers).length) headers.push(['host', authority]);
  return headers;
}

/** Whether `:authority` and `host` name two different hosts: then nobody can say which one was signed. */
export function hasTwoHosts(request: IncomingMessage): boolean {
  const authority = authorityOf(request);
  return authority !== undefined && hostsIn(readHeaders(request)).some((host) => host !== authority);
}

function authorityOf(request: IncomingMessage): string | undefined {
  const authority = request.headers[':authority'];
  return typeof authority === 'string' ? authority : undefined;
}

function hostsIn(headers: WireRequest['headers']): string[] {
  return headers.filter(([name]) => name.toLowerCase() === 'host').map(([, value]) => value);
}
