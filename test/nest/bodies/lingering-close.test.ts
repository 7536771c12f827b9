import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoModule } from '../../support/echo.controller.js';
import { forward, withHeader } from '../../support/gateway.js';
import { toBytes, type RequestToSend } from '../../support/http-client.js';
import { platforms, start, type RunningApp } from '../../support/platforms.js';
import { RawConnection } from '../../support/raw-connection.js';
import { refusalReply, unauthorized } from '../../support/refused-replies.js';

/** More than the buffers of a connection hold. */
const BODY = Buffer.alloc(16 * 2 ** 20, 'a body');
const post = forward({ method: 'POST', target: '/echo', body: BODY });

/** The request’s head, of a client that will not use the connection again. */
function headOf(request: RequestToSend): Buffer {
  const framing = ['Content-Length', String((request.body as Buffer).length)] as const;
  return toBytes({ ...request, headers: [...request.headers, framing, ['Connection', 'close']], body: undefined });
}

describe.each(platforms)('a client on $name that asks for Connection: close', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await start(platform, echoModule({ bodyLimit: 2 ** 20 }));
  });
  afterAll(() => running.app.close());

  it.each<[what: string, request: RequestToSend, reply: object]>([
    ['unsigned', withHeader(post, 'Authorization', ''), unauthorized('AUTHORIZATION_MISSING')],
    [
      'by an unknown key',
      forward({ method: 'POST', target: '/echo', body: BODY }, { key: 'nobody' }),
      unauthorized('KEY_UNKNOWN'),
    ],
    ['too large', post, refusalReply(413, 'BODY_TOO_LARGE', 'Request body too large.')],
  ])('sends all of its body before it reads, and still reads the refusal: %s', async (_what, request, reply) => {
    const connection = await RawConnection.to(running.port);
    connection.socket.pause();
    await connection.write(headOf(request));
    for (let at = 0; at < BODY.length; at += 2 ** 20) await connection.write(BODY.subarray(at, at + 2 ** 20));
    connection.socket.resume();
    expect(await connection.untilReplied()).toMatchObject([reply]);
    await connection.untilClosed();
    expect(connection.replies).toHaveLength(1);
  });

  it('and one that never ends its body is let go of in the end', async () => {
    const connection = await RawConnection.to(running.port, { allowHalfOpen: true });
    await connection.write(headOf(withHeader(post, 'Authorization', '')));
    expect(await connection.untilReplied()).toMatchObject([unauthorized('AUTHORIZATION_MISSING')]);
    const server = running.app.getHttpServer() as Server;
    await expect
      .poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count))), { timeout: 15_000 })
      .toBe(0);
    connection.socket.destroy();
  });
});
