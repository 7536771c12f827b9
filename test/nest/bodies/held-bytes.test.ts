import type { IncomingMessage, Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { Controller, Post, Req } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RequireApigSignature, SkipApigSignature } from '../../../src/index.js';
import {
  accepted,
  digestOf,
  echoModule,
  EchoController,
  restOf,
  streamed,
  type FrameworkRequest,
} from '../../support/echo.controller.js';
import { altered, forward, SECRET, withHeader } from '../../support/gateway.js';
import { heldBy, untilHeld } from '../../support/held-bytes.js';
import { send, toBytes, type HeaderLines, type RequestToSend } from '../../support/http-client.js';
import { platforms, start, startForTest, type RunningApp } from '../../support/platforms.js';
import { RawConnection } from '../../support/raw-connection.js';
import { refusalReply, unauthorized } from '../../support/refused-replies.js';

const LIMIT = 100_000;
const BODY_LIMIT = 80_000;
/** What a chunk that waits is charged besides its bytes. */
const OVERHEAD = 512;

const MESSAGE = 'Too many request bodies are waiting.';
const SENT_AWAY = {
  ...refusalReply(503, 'HELD_BYTES_EXCEEDED', MESSAGE),
  headers: expect.objectContaining({
    'retry-after': expect.stringMatching(/^([1-9]|[12]\d|30)$/) as unknown,
  }) as unknown,
};

const BODY = Buffer.alloc(60_000, 'a body');
const post = (target = '/echo', body: Buffer = BODY, headers: HeaderLines = []) =>
  forward({ method: 'POST', target, headers, body });

/** The request's head as bytes, for a body that follows, of a declared length or chunked. */
function headOf(request: RequestToSend, framing: HeaderLines[number]): Buffer {
  return toBytes({ ...request, headers: [...request.headers, framing], body: undefined });
}
const declared = (request: RequestToSend) =>
  headOf(request, ['Content-Length', String((request.body as Buffer | undefined)?.length ?? 0)]);
const chunked = (request: RequestToSend) => headOf(request, ['Transfer-Encoding', 'chunked']);

describe.each(platforms)('heldBytes on $name', (platform) => {
  let running: RunningApp;
  let open: () => void;
  let gate: Promise<void>;
  let atGate: FrameworkRequest | undefined;
  const refusals: string[] = [];

  @Controller()
  class SlowController {
    /** Reads nothing of the body until it may. */
    @RequireApigSignature()
    @Post('slow')
    async slow(@Req() request: FrameworkRequest) {
      atGate = request;
      await gate;
      return restOf(request);
    }

    @RequireApigSignature()
    @Post('unread')
    unread() {
      return 'not read';
    }

    @SkipApigSignature()
    @Post('open')
    open(@Req() request: FrameworkRequest) {
      return this.slow(request);
    }
  }

  let passed = 0;
  const passTime = (milliseconds: number) => (passed += milliseconds);

  beforeEach(async () => {
    passed = 0;
    const realNow = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => realNow() + passed);
    gate = new Promise((resolve) => (open = resolve));
    atGate = undefined;
    refusals.length = 0;
    running = await start(
      platform,
      echoModule(
        {
          heldBytes: LIMIT,
          bodyLimit: BODY_LIMIT,
          onVerdict: (event) => {
            if (!event.ok) refusals.push(event.code);
          },
        },
        [EchoController, SlowController],
      ),
    );
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    open();
    expect(heldBy(running.app)).toBe(0);
    (running.app.getHttpServer() as Server).closeAllConnections();
    await running.app.close();
  });

  /** Sends a request's head and the first bytes of its body, and waits until these are held. */
  async function begin(request: RequestToSend, bytes: number): Promise<RawConnection> {
    const heldBefore = heldBy(running.app);
    const connection = await RawConnection.to(running.port);
    await connection.write(Buffer.concat([declared(request), (request.body as Buffer).subarray(0, bytes)]));
    await expect.poll(() => heldBy(running.app) - heldBefore).toBeGreaterThanOrEqual(bytes);
    return connection;
  }

  it('counts received bytes and their chunks, but not bytes that are only declared', async () => {
    const connection = await RawConnection.to(running.port);
    await connection.write(Buffer.concat([chunked(post()), Buffer.from('a\r\n0123456789\r\n')]));
    await untilHeld(running.app, 10 + OVERHEAD);
    await connection.write('5\r\n01234\r\n');
    await untilHeld(running.app, 15 + 2 * OVERHEAD);
    const other = await begin(post(), 1);
    expect(heldBy(running.app)).toBe(16 + 3 * OVERHEAD);
    other.socket.destroy();
    await untilHeld(running.app, 15 + 2 * OVERHEAD);
    connection.socket.destroy();
    await untilHeld(running.app, 0);
  });

  it('refuses the newest request at the limit, and serves the earlier ones', async () => {
    const first = await begin(post(), 20_000);
    passTime(1000);
    const second = await begin(post(), 40_000);
    passTime(1000);
    const young = await begin(post(), 10_000);
    await young.write(BODY.subarray(10_000, 59_999));
    expect(await second.untilReplied()).toMatchObject([SENT_AWAY]);
    expect(first.received + young.received).toBe('');
    await young.write(BODY.subarray(59_999));
    expect(await young.untilReplied()).toMatchObject([accepted(streamed(BODY))]);
    await first.write(BODY.subarray(20_000));
    expect(await first.untilReplied()).toMatchObject([accepted(streamed(BODY))]);
    await untilHeld(running.app, 0);
    // The connection of the one that was sent away goes on, once the rest of its body has come.
    await second.write(Buffer.concat([BODY.subarray(40_000), toBytes(post())]));
    expect(await second.untilReplied(2)).toMatchObject([SENT_AWAY, accepted(streamed(BODY))]);
    for (const { socket } of [first, second, young]) socket.destroy();
    await untilHeld(running.app, 0);
  });

  it('refuses a request with a stalled body first, even if single bytes of the body come', async () => {
    const idle = await begin(post(), 20_000);
    const trickling = await begin(post(), 20_000);
    passTime(6000);
    await trickling.write(BODY.subarray(20_000, 20_001));
    await untilHeld(running.app, 40_001 + 3 * OVERHEAD);
    const steady = await begin(post(), 30_000);
    passTime(1000);
    await steady.write(BODY.subarray(30_000, 59_900));
    expect(await idle.untilReplied()).toMatchObject([SENT_AWAY]);
    expect(trickling.received).toBe('');
    const newest = await begin(post(), 1000);
    await newest.write(BODY.subarray(1000, 21_000));
    expect(await trickling.untilReplied()).toMatchObject([SENT_AWAY]);
    await steady.write(BODY.subarray(59_900));
    expect(await steady.untilReplied()).toMatchObject([accepted(streamed(BODY))]);
    await newest.write(BODY.subarray(21_000));
    expect(await newest.untilReplied()).toMatchObject([accepted(streamed(BODY))]);
    for (const { socket } of [idle, trickling, steady, newest]) socket.destroy();
  });

  it('does not let idle senders with a known key lock anybody out', async () => {
    const idle = await Promise.all(Array.from({ length: 30 }, () => RawConnection.to(running.port)));
    const forged = declared(altered(post()));
    for (const connection of idle) await connection.write(Buffer.concat([forged, BODY.subarray(0, 3000)]));
    await expect.poll(() => heldBy(running.app)).toBeGreaterThan(90_000);
    for (let round = 0; round < 10; round++) {
      expect(await send(running.port, post())).toMatchObject(accepted(streamed(BODY)));
    }
    const sentAway = idle.filter(({ replies }) => replies.length > 0);
    expect(sentAway.length).toBeGreaterThan(0);
    for (const { replies } of sentAway) expect(replies).toMatchObject([SENT_AWAY]);
    for (const { socket } of idle) socket.destroy();
    await untilHeld(running.app, 0);
  });

  it('counts the memory that tiny chunks take', async () => {
    const connection = await RawConnection.to(running.port);
    await connection.write(chunked(post()));
    await connection.write('1\r\nx\r\n'.repeat(LIMIT / OVERHEAD));
    expect(await connection.untilReplied()).toMatchObject([SENT_AWAY]);
    await connection.write(`0\r\n\r\n${toBytes(post()).toString('latin1')}`);
    expect(await connection.untilReplied(2)).toMatchObject([SENT_AWAY, accepted(streamed(BODY))]);
    connection.socket.destroy();
    await untilHeld(running.app, 0);
  });

  it.each<[bodyLimit: number, chunks: number, reply: (body: Buffer) => object]>([
    [2 ** 20, 65_536, (body) => accepted(streamed(body))],
    [2 ** 20, 65_537, () => SENT_AWAY],
    [2 ** 26, 65_537, (body) => accepted(streamed(body))],
  ])('limits the chunks of one body: a bodyLimit of %i, %i chunks', async (bodyLimit, chunks, reply) => {
    const { app, port } = await startForTest(platform, echoModule({ bodyLimit }));
    const connection = await RawConnection.to(port);
    const body = Buffer.alloc(chunks, 'x');
    await connection.write(chunked(post('/echo', body)));
    await connection.write('1\r\nx\r\n'.repeat(chunks) + '0\r\n\r\n');
    expect(await connection.untilReplied()).toMatchObject([reply(body)]);
    connection.socket.destroy();
    await untilHeld(app, 0);
  });

  it('does not count the part of a body that a handler has read', async () => {
    const connection = await RawConnection.to(running.port);
    await connection.write(toBytes(post('/slow')));
    await expect.poll(() => atGate).toBeDefined();
    const before = heldBy(running.app);
    (atGate!.raw ?? atGate!).read(10_000);
    expect(heldBy(running.app)).toBe(before - 10_000);
    open();
    const rest = JSON.stringify(digestOf(BODY.subarray(10_000)));
    expect(await connection.untilReplied()).toMatchObject([{ status: 201, text: rest }]);
    connection.socket.destroy();
  });

  it('refuses a request as soon as its key is known, if too much came during the look-up', async () => {
    const keys = () => setTimeout(50, SECRET);
    const { app, port } = await startForTest(platform, echoModule({ keys, heldBytes: 10_000 }));
    const connection = await RawConnection.to(port);
    await connection.write(Buffer.concat([declared(post()), BODY.subarray(0, 20_000)]));
    expect(await connection.untilReplied()).toMatchObject([SENT_AWAY]);
    expect(heldBy(app)).toBe(0);
    connection.socket.destroy();
  });

  it('does not count chunks that other code reads meanwhile', async () => {
    const { app, port } = await startForTest(platform, echoModule({ heldBytes: LIMIT }), {
      prepare: (each) =>
        each.use((request: IncomingMessage, _: unknown, next: () => void) => {
          void buffer(request);
          next();
        }),
    });
    const connection = await RawConnection.to(port);
    const body = Buffer.alloc((2 * LIMIT) / OVERHEAD, 'x');
    await connection.write(chunked(post('/echo', body)));
    for (let at = 0; at < body.length; at++) {
      await connection.write('1\r\nx\r\n');
      if (at % 20 === 0) await untilHeld(app, 0);
    }
    await connection.write('0\r\n\r\n');
    expect(await connection.untilReplied()).toMatchObject([accepted(streamed(''))]);
    connection.socket.destroy();
  });

  it('counts a verified body until it has left the buffer, and does not refuse it', async () => {
    const connection = await RawConnection.to(running.port);
    await connection.write(toBytes(post('/slow')));
    await expect.poll(() => atGate).toBeDefined();
    expect(heldBy(running.app)).toBeGreaterThanOrEqual(BODY.length);
    const late = await RawConnection.to(running.port);
    await late.write(toBytes(post()));
    expect(await late.untilReplied()).toMatchObject([SENT_AWAY]);
    open();
    expect(await connection.untilReplied()).toMatchObject([{ status: 201, text: JSON.stringify(digestOf(BODY)) }]);
    await untilHeld(running.app, 0);
    expect(await send(running.port, post())).toMatchObject(accepted(streamed(BODY)));
    for (const { socket } of [connection, late]) socket.destroy();
  });

  it.each<[way: string, reply: object, request: RequestToSend]>([
    ['a handler that reads it', accepted(streamed(BODY)), post()],
    ['a handler that does not', { status: 201, text: 'not read' }, post('/unread')],
    ['a refusal', unauthorized('SIGNATURE_MISMATCH'), altered(post())],
    [
      'a refusal of its size',
      refusalReply(413, 'BODY_TOO_LARGE', 'Request body too large.'),
      post('/echo', Buffer.alloc(BODY_LIMIT + 1)),
    ],
    [
      'a body declared otherwise',
      unauthorized('BODY_HASH_MISMATCH'),
      post('/echo', BODY, [['X-Sdk-Content-Sha256', '0'.repeat(64)]]),
    ],
    [
      'a parser',
      unauthorized('SIGNATURE_MISMATCH'),
      altered(post('/echo', Buffer.from('{"a":1}'), [['Content-Type', 'application/json']]), 2),
    ],
  ])('gets its bytes back from %s, in one piece and in many', async (_way, reply, request) => {
    const pieces = Array.from({ length: 21 }, (_, at) => (request.body as Buffer).subarray(at * 4000, (at + 1) * 4000));
    for (const body of [request.body!, pieces.filter(({ length }) => length > 0)]) {
      expect(await send(running.port, { ...request, body })).toMatchObject(reply);
      await untilHeld(running.app, 0);
    }
  });

  it.each<[what: string, request: RequestToSend, code: string]>([
    ['refused', altered(post()), 'SIGNATURE_MISMATCH'],
    ['too large', post('/echo', Buffer.alloc(BODY_LIMIT + 1)), 'BODY_TOO_LARGE'],
  ])('gets its bytes back from a request that is %s and waits behind another answer', async (_, request, code) => {
    const connection = await RawConnection.to(running.port);
    await connection.write(Buffer.concat([toBytes({ ...post('/open'), body: undefined }), chunked(request)]));
    for (let at = 0; at < request.body!.length; at += 20_000) {
      const piece = (request.body as Buffer).subarray(at, at + 20_000);
      await connection.write(
        Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]),
      );
    }
    await connection.write('0\r\n\r\n');
    await expect.poll(() => refusals).toEqual([code]);
    await untilHeld(running.app, 0);
    expect(connection.received).toBe('');
    open();
    expect(await connection.untilReplied(2)).toMatchObject([{ status: 201 }, { text: expect.stringContaining(code) }]);
    connection.socket.destroy();
  });

  it.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'gets its bytes back when the sender leaves with %s()',
    async (leave) => {
      const connection = await begin(post(), 30_000);
      connection.socket[leave]();
      await untilHeld(running.app, 0);
      connection.socket.destroy();
    },
  );

  it('gives bytes back after a malformed chunk', async () => {
    const connection = await RawConnection.to(running.port);
    await connection.write(Buffer.concat([chunked(post()), Buffer.from('a\r\n0123456789\r\n')]));
    await untilHeld(running.app, 10 + OVERHEAD);
    await connection.write('no length\r\n');
    await connection.untilClosed();
    expect(connection.received).not.toContain('HTTP/1.1 2');
    await untilHeld(running.app, 0);
  });

  it.each<[what: string, head: Buffer]>([
    ['a route without a guard', declared(post('/open', Buffer.alloc(8 * 2 ** 20)))],
    [
      'an unsigned payload',
      declared(post('/slow', Buffer.alloc(8 * 2 ** 20), [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']])),
    ],
  ])('does not count %s, and does not make it flow', async (_what, head) => {
    const connection = await RawConnection.to(running.port);
    connection.socket.write(Buffer.concat([head, Buffer.alloc(8 * 2 ** 20)]));
    await expect.poll(() => atGate).toBeDefined();
    const raw = atGate!.raw ?? atGate!;
    await expect.poll(() => raw.readableLength).toBeGreaterThanOrEqual(raw.readableHighWaterMark);
    // Other requests are served meanwhile. An endless read of the body would show by then.
    for (let round = 0; round < 20; round++) await send(running.port, post());
    expect(raw.readableLength).toBeLessThan(4 * raw.readableHighWaterMark);
    expect(heldBy(running.app)).toBe(0);
    open();
    expect((await connection.untilReplied())[0]).toMatchObject({ status: 201 });
    connection.socket.destroy();
  });

  it('holds no body, and waits for none, if the headers alone decide', async () => {
    for (const request of [
      withHeader(post(), 'Authorization', 'SDK-HMAC-SHA256 nonsense'),
      withHeader(post(), 'X-Sdk-Date', '20000101T000000Z'),
      forward({ method: 'POST', target: '/echo?=a', body: BODY }),
      forward({ method: 'POST', target: '/echo', body: BODY }, { key: 'unknown' }),
    ]) {
      const connection = await RawConnection.to(running.port);
      await connection.write(declared(request));
      expect((await connection.untilReplied())[0]).toMatchObject({ status: 401 });
      expect(heldBy(running.app)).toBe(0);
      connection.socket.destroy();
    }
  });
});
