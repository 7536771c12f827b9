import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';
import type { INestApplication } from '@nestjs/common';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { echoModule } from '../../support/echo.controller.js';
import { forward } from '../../support/gateway.js';
import { heldBy, untilHeld } from '../../support/held-bytes.js';
import { toBytes } from '../../support/http-client.js';
import { beginHttp2 } from '../../support/http2-client.js';
import { fastify, platforms, start, startForTest } from '../../support/platforms.js';
import { RawConnection } from '../../support/raw-connection.js';
import { refusalReply, unauthorized } from '../../support/refused-replies.js';
import { until } from '../../support/until.js';

const BODY = Buffer.from('all that was signed');
const request = forward({ method: 'POST', target: '/echo', body: BODY });
const MINUTE = 60_000;

function useFakeTimeouts(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

/** Sends a part of the body, and waits until the server holds it. */
async function stall(app: INestApplication, port: number): Promise<RawConnection> {
  const framing = ['Content-Length', String(BODY.length)] as const;
  const connection = await RawConnection.to(port);
  const head = toBytes({ ...request, headers: [...request.headers, framing], body: undefined });
  await connection.write(Buffer.concat([head, BODY.subarray(0, 10)]));
  await until(() => heldBy(app) > 0);
  return connection;
}

function sessionTo(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`).on('error', () => undefined);
  onTestFinished(() => session.destroy());
  return session;
}

async function stallHttp2(app: INestApplication, session: ClientHttp2Session): Promise<ClientHttp2Stream> {
  const stream = beginHttp2(session, request);
  stream.write(BODY.subarray(0, 10));
  await until(() => heldBy(app) > 0);
  return stream;
}

const statusOf = async (stream: ClientHttp2Stream) =>
  ((await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }])[0][':status'];

describe('a body that stalls over HTTP/2', () => {
  const serve = () => startForTest(fastify, echoModule(), { adapter: fastify.adapter({ http2: true }) });

  it('is refused after 300 s, and releases its bytes', async () => {
    useFakeTimeouts();
    const { app, port } = await serve();
    const stream = await stallHttp2(app, sessionTo(port));
    vi.advanceTimersByTime(5 * MINUTE - 1);
    expect(heldBy(app)).toBeGreaterThan(0);
    const status = statusOf(stream);
    vi.advanceTimersByTime(1);
    expect(await status).toBe(401);
    await untilHeld(app, 0);
    stream.resume();
    await once(stream, 'close');
  });

  it("is refused after the server's own requestTimeout", async () => {
    useFakeTimeouts();
    const { app, port } = await serve();
    Object.assign(app.getHttpServer() as Server, { requestTimeout: MINUTE });
    const stream = await stallHttp2(app, sessionTo(port));
    const status = statusOf(stream);
    vi.advanceTimersByTime(MINUTE);
    expect(await status).toBe(401);
    await untilHeld(app, 0);
  });
});

describe.each(platforms)('a body that stalls on $name', (platform) => {
  it.each([0, undefined])('is refused after 300 s by a server with a requestTimeout of %s', async (requestTimeout) => {
    useFakeTimeouts();
    const { app, port } = await startForTest(platform, echoModule());
    Object.assign(app.getHttpServer() as Server, { requestTimeout });
    const connection = await stall(app, port);
    vi.advanceTimersByTime(5 * MINUTE);
    const [reply] = await connection.untilReplied();
    expect(reply).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
    expect(reply!.headers).toMatchObject({ connection: 'close' });
    await untilHeld(app, 0);
    connection.socket.destroy();
  });

  it('is left to the requestTimeout of a server that has one', async () => {
    useFakeTimeouts();
    const { app, port } = await startForTest(platform, echoModule());
    Object.assign(app.getHttpServer() as Server, { requestTimeout: 10 * MINUTE });
    const connection = await stall(app, port);
    vi.advanceTimersByTime(9 * MINUTE);
    await connection.write(BODY.subarray(10));
    expect(await connection.untilReplied()).toMatchObject([{ status: 200 }]);
    connection.socket.destroy();
  });
});

describe.each(platforms)('a shutdown on $name', (platform) => {
  it('refuses a stalled body after 5 s, and ends', async () => {
    useFakeTimeouts();
    const { app, port } = await start(platform, echoModule());
    const connection = await stall(app, port);
    const closed = app.close();
    await until(() => !(app.getHttpServer() as Server).listening);
    vi.advanceTimersByTime(4999);
    expect(connection.received).toBe('');
    vi.advanceTimersByTime(1);
    const [reply] = await connection.untilReplied();
    expect(reply).toMatchObject(refusalReply(503, 'HELD_BYTES_EXCEEDED', 'Too many request bodies are waiting.'));
    expect(reply!.headers).toMatchObject({ connection: 'close' });
    connection.socket.destroy();
    await closed;
    expect(heldBy(app)).toBe(0);
  });

  it('serves a body that comes in time, and leaves no timer', async () => {
    useFakeTimeouts();
    const { app, port } = await start(platform, echoModule());
    const connection = await stall(app, port);
    const closed = app.close();
    await until(() => !(app.getHttpServer() as Server).listening);
    await connection.write(BODY.subarray(10));
    expect(await connection.untilReplied()).toMatchObject([{ status: 200 }]);
    connection.socket.destroy();
    await closed;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a shutdown over HTTP/2', () => {
  it('refuses a stalled body after 5 s, and ends', async () => {
    useFakeTimeouts();
    const { app, port } = await start(fastify, echoModule(), { adapter: fastify.adapter({ http2: true }) });
    const session = sessionTo(port);
    const stream = await stallHttp2(app, session);
    const closed = app.close();
    await until(() => !(app.getHttpServer() as Server).listening);
    const status = statusOf(stream);
    vi.advanceTimersByTime(5000);
    expect(await status).toBe(503);
    stream.resume();
    session.close();
    await closed;
    expect(heldBy(app)).toBe(0);
  });
});
