import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Reply, RequestToSend } from './http-client.js';

/** How an injected request may be other than its `RequestToSend`: what it is made of, and what aborts it. */
interface Injection {
  readonly payload?: Readable;
  readonly signal?: AbortSignal;
}

/** Serverless adapters and tests call an application like this: no socket, no server. */
export async function inject(
  app: NestFastifyApplication,
  { method, target, headers, body }: RequestToSend,
  injection: Injection = {},
): Promise<Reply> {
  const values: Record<string, string[]> = {};
  for (const [name, value] of headers) (values[name.toLowerCase()] ??= []).push(value);
  const {
    statusCode,
    headers: replied,
    payload,
  } = await app.inject({
    method: method as 'POST',
    url: target,
    headers: Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.length > 1 ? list : list[0]])),
    ...(body && { payload: body instanceof Uint8Array ? Buffer.from(body) : Readable.from(body) }),
    ...injection,
  });
  return { status: statusCode, headers: replied as Reply['headers'], text: payload };
}

/**
 * A request as serverless adapters make it from an event: with an object in place of a socket, and chunks that they
 * push.
 */
export function emulated(
  { method, url, rawHeaders, headers }: IncomingMessage,
  chunks: readonly unknown[],
): IncomingMessage {
  const request = new IncomingMessage(new PassThrough() as unknown as Socket);
  return Object.assign(request, {
    ...{ method, url, rawHeaders, headers, httpVersion: '1.1', complete: true },
    // On the request itself: Express gives the request another prototype.
    _read: () => [...chunks, null].forEach((chunk) => request.push(chunk)),
  });
}
