import { once } from 'node:events';
import { forward } from '../../support/gateway.js';
import { begin, replyTo, type Reply } from '../../support/http-client.js';

const PIECE = Buffer.alloc(64 * 1024, 'unsigned');

/** Uploads so many bytes as UNSIGNED-PAYLOAD, as fast as the server takes them. */
export async function uploadUnsigned(port: number, bytes: number): Promise<Reply> {
  const unsigned = ['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD'] as const;
  const request = forward({ method: 'POST', target: '/counted/unsigned', headers: [unsigned] });
  const outgoing = begin(port, { ...request, headers: [...request.headers, ['Content-Length', String(bytes)]] });
  const reply = replyTo(outgoing);
  for (let sent = 0; sent < bytes; sent += PIECE.length) {
    if (!outgoing.write(PIECE.subarray(0, bytes - sent))) await Promise.race([once(outgoing, 'drain'), reply]);
  }
  outgoing.end();
  return reply;
}
