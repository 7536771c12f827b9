import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignatureException } from '../../../src/index.js';
import { accepted, digestOf, echoModule, streamed } from '../../support/echo.controller.js';
import { forward } from '../../support/gateway.js';
import { send, toBytes, type HeaderLines } from '../../support/http-client.js';
import { platforms, start, type RunningApp } from '../../support/platforms.js';

const BODY = Buffer.from('all that was signed');
const DECLARED: HeaderLines = [['X-Sdk-Content-Sha256', digestOf(BODY).sha256]];

/** What goes on the wire of a request that is rightly signed, but announces more than will ever come. */
function cutShort(framing: 'declared' | 'chunked', headers: HeaderLines): Buffer {
  const request = forward({ method: 'POST', target: '/echo', headers, body: BODY });
  const [header, body] =
    framing === 'declared'
      ? [['Content-Length', String(BODY.length + 1)], BODY]
      : [['Transfer-Encoding', 'chunked'], `${BODY.length.toString(16)}\r\n${BODY.toString()}\r\n`];
  const head = toBytes({ ...request, headers: [...request.headers, header as [string, string]], body: undefined });
  return Buffer.concat([head, Buffer.from(body)]);
}

describe.each(platforms)('$name, a client that disconnects during a body', (platform) => {
  let running: RunningApp;
  let onRefusal: (exception: SignatureException) => void;

  beforeAll(async () => {
    // The client is gone, so the guard's answer can be seen only here.
    const filter = { catch: (exception: SignatureException) => onRefusal(exception) };
    running = await start(platform, echoModule(), { prepare: (app) => app.useGlobalFilters(filter) });
  });
  afterAll(() => running.app.close());

  describe.each(['declared', 'chunked'] as const)('%s', (framing) => {
    it.each([
      ['a body that is hashed', [], 'SIGNATURE_MISMATCH', 'Verify authroization failed.'],
      [
        'a body whose hash is declared',
        DECLARED,
        'BODY_HASH_MISMATCH',
        'Header x-sdk-content-sha256 is not the hash of the body.',
      ],
    ] as const)('%s: the wait ends, and the handler is not called', async (_, headers, code, message) => {
      for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
        const refusal = new Promise<SignatureException>((resolve) => (onRefusal = resolve));
        const arrival = once(running.app.getHttpServer() as Server, 'request');
        const socket = connect(running.port, '127.0.0.1').on('error', () => undefined);
        socket.write(cutShort(framing, headers));
        await arrival;
        socket[leave]();
        expect(await refusal).toMatchObject({ code, message, status: 401 });
      }
      expect(await send(running.port, forward({ target: '/echo' }))).toMatchObject(accepted(streamed('')));
    });
  });
});
