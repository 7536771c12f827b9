import { once } from 'node:events';
import { connect, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, describe, it, vi } from 'vitest';
import { accepted, echoModule, EchoController, streamed } from '../../support/echo.controller.js';
import { altered, forward } from '../../support/gateway.js';
import { heldBy, untilHeld } from '../../support/held-bytes.js';
import type { Reply, RequestToSend } from '../../support/http-client.js';
import { beginHttp2, sendHttp2 } from '../../support/http2-client.js';
import { fastify, startForTest, type RunningApp } from '../../support/platforms.js';
import { refusalReply, unauthorized } from '../../support/refused-replies.js';

const LIMIT = 100_000;
const PART = 40_000;
const BODY = Buffer.alloc(PART + 5000, 'a body');
const SENT_AWAY = {
  ...refusalReply(503, 'HELD_BYTES_EXCEEDED', 'Too many request bodies are waiting.'),
  headers: expect.objectContaining({ 'retry-after': expect.stringMatching(/^[1-5]$/) as unknown }) as unknown,
};
const post = () => forward({ method: 'POST', target: '/echo', body: BODY });

describe('heldBytes over HTTP/2, on fastify', () => {
  let running: RunningApp;
  let sessions: ClientHttp2Session[];
  let passed: number;

  beforeEach(async () => {
    passed = 0;
    sessions = [];
    const realNow = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => realNow() + passed);
    const adapter = fastify.adapter({ http2: true });
    running = await startForTest(fastify, echoModule({ heldBytes: LIMIT }, [EchoController]), { adapter });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await untilHeld(running.app, 0);
    for (const session of sessions) session.destroy();
  });

  function openSession(): ClientHttp2Session {
    const session = connect(`http://127.0.0.1:${running.port}`);
    sessions.push(session);
    return session;
  }

  /** A sender whose first bytes are held, and whose rest can be sent, changed or not. */
  interface Sender {
    readonly stream: ClientHttp2Stream;
    readonly reply: Promise<Reply>;
    finish(request?: RequestToSend): void;
  }

  async function begin(session: ClientHttp2Session): Promise<Sender> {
    const heldBefore = heldBy(running.app);
    const stream = beginHttp2(session, post());
    const reply = once(stream, 'response').then(async (args) => {
      const headers = args[0] as IncomingHttpHeaders & { ':status': number };
      return { status: headers[':status'], headers, text: await text(stream) };
    });
    stream.write(BODY.subarray(0, PART));
    if (heldBefore + PART < LIMIT) {
      await expect.poll(() => heldBy(running.app) - heldBefore).toBeGreaterThanOrEqual(PART);
    }
    return { stream, reply, finish: ({ body } = post()) => stream.end((body as Buffer).subarray(PART)) };
  }

  it.each([
    ['sessions of their own', () => openSession()],
    ['one session', () => sessions[0] ?? openSession()],
  ])(
    'refuses the newest request that is older than half a second, of %s, and serves the others',
    async (_, session) => {
      const oldest = await begin(session());
      const newest = await begin(session());
      passed += 1000;
      const young = await begin(session());
      expect(await newest.reply).toMatchObject(SENT_AWAY);
      for (const sender of [oldest, young]) sender.finish();
      expect(await oldest.reply).toMatchObject(accepted(streamed(BODY)));
      expect(await young.reply).toMatchObject(accepted(streamed(BODY)));
    },
  );

  it('refuses a request whose body stalled for 5 s, and not the newest', async () => {
    const stalled = await begin(openSession());
    passed += 5000;
    const newest = await begin(openSession());
    passed += 1000;
    const young = await begin(openSession());
    expect(await stalled.reply).toMatchObject(SENT_AWAY);
    for (const sender of [newest, young]) sender.finish();
    expect(await newest.reply).toMatchObject(accepted(streamed(BODY)));
    expect(await young.reply).toMatchObject(accepted(streamed(BODY)));
  });

  it('keeps the session open, for the same request again and for other streams', async () => {
    const shared = openSession();
    const oldest = await begin(openSession());
    const newest = await begin(shared);
    passed += 1000;
    const young = await begin(openSession());
    expect(await newest.reply).toMatchObject(SENT_AWAY);
    young.finish();
    expect(await young.reply).toMatchObject(accepted(streamed(BODY)));
    expect(await sendHttp2(shared, post())).toMatchObject(accepted(streamed(BODY)));
    oldest.finish(altered(post(), PART + 1));
    expect(await oldest.reply).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
  });

  it('gives back the bytes of a reset stream', async () => {
    const sender = await begin(openSession());
    sender.reply.catch(() => undefined);
    sender.stream.close();
    await untilHeld(running.app, 0);
    expect(await sendHttp2(openSession(), post())).toMatchObject(accepted(streamed(BODY)));
  });
});
