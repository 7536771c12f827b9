import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { send, type RequestToSend } from './http-client.js';

/** Starts a proxy for one test, in front of an application: it passes on what `rewrite` makes of each request. */
export async function proxyForTest(
  upstream: number,
  rewrite: (request: RequestToSend) => Partial<RequestToSend>,
): Promise<number> {
  const server = createServer((request, response) => {
    void passOn(request).then(({ status, text }) => response.writeHead(status).end(text));
  });
  const passOn = async (request: IncomingMessage) => {
    const { method = '', url = '', rawHeaders } = request;
    const lines = rawHeaders.flatMap((name, at) => (at % 2 ? [] : [[name, rawHeaders[at + 1]!] as const]));
    const headers = lines.filter(([name]) => !/^(content-length|connection)$/i.test(name));
    const received = { method, target: url, headers, body: await buffer(request) };
    return send(upstream, { ...received, ...rewrite(received) });
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}
