import { Agent } from 'node:http';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { accepted, echoModule, parsed, streamed } from '../support/echo.controller.js';
import { altered, forward } from '../support/gateway.js';
import { untilHeld } from '../support/held-bytes.js';
import { send } from '../support/http-client.js';
import { express, fastify, startForTest } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

// Both ends know one key in advance: TLS without certificates, which expire.
const psk = Buffer.from('known to both ends');
const server = { pskCallback: () => psk, ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;
const client = { pskCallback: () => ({ psk, identity: 'client' }), ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;

class TlsAgent extends Agent {
  override createConnection({ port }: { port: number }): TLSSocket {
    return connectTls({ host: '127.0.0.1', port, checkServerIdentity: () => undefined, ...client });
  }
}

const LARGE = Buffer.alloc(2 ** 20, 'more than one record');

describe.each([
  { name: 'express', platform: express, options: () => ({ httpsOptions: server }) },
  { name: 'fastify', platform: fastify, options: () => ({ adapter: fastify.adapter({ https: server }) }) },
])('HTTPS on $name', ({ platform, options }) => {
  it.each([
    ['JSON', [['Content-Type', 'application/json']], '{"a":1}', parsed({ a: 1 })],
    ['a stream', [], LARGE, streamed(LARGE)],
    ['chunks', [], [LARGE, LARGE], streamed(Buffer.concat([LARGE, LARGE]))],
  ] as const)('%s', async (_, headers, body, echo) => {
    const { app, port } = await startForTest(platform, echoModule(), options());
    const request = forward({ method: 'POST', target: '/echo', headers, body });
    expect(await send(port, request, new TlsAgent())).toMatchObject(accepted(echo));
    expect(await send(port, altered(request, 5), new TlsAgent())).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
    await untilHeld(app, 0);
  });
});
