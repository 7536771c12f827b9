import { once } from 'node:events';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { text } from 'node:stream/consumers';
import { HOST } from './gateway.js';
import type { Reply, RequestToSend } from './http-client.js';

/** How a request over HTTP/2 names its host. */
export interface Hosts {
  readonly ':authority'?: string;
  readonly host?: string;
}

/** Sends the headers of a request that was signed for HTTP/1, its `Host` replaced, and leaves the body to the caller. */
export function beginHttp2(
  session: ClientHttp2Session,
  { method, target, headers }: RequestToSend,
  hosts: Hosts = { ':authority': HOST },
): ClientHttp2Stream {
  const lines: Record<string, string[]> = {};
  for (const [name, value] of headers) (lines[name.toLowerCase()] ??= []).push(value);
  delete lines.host;
  return session.request({ ':method': method, ':path': target, ...lines, ...hosts }, { endStream: false });
}

/** Sends a whole request and reads the whole reply. */
export async function sendHttp2(session: ClientHttp2Session, request: RequestToSend, hosts?: Hosts): Promise<Reply> {
  const stream = beginHttp2(session, request, hosts);
  const { body = [] } = request;
  for (const chunk of body instanceof Uint8Array ? [body] : body) stream.write(chunk);
  stream.end();
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }];
  return { status: headers[':status'], headers, text: await text(stream) };
}
