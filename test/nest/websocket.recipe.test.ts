import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import {
  Catch,
  Module,
  UseFilters,
  type ArgumentsHost,
  type ExceptionFilter,
  type ExecutionContext,
} from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import {
  ApigSignatureModule,
  getVerdict,
  RequireApigSignature,
  SignatureException,
  SignerService,
  VerifiedSignature,
  type ApigSignatureOptions,
  type VerifiedRequest,
} from '../../src/index.js';
import { forward, KEY, KEYS, SECRET } from '../support/gateway.js';
import { toBytes, type HeaderLines } from '../support/http-client.js';
import { platforms, startForTest, type Platform } from '../support/platforms.js';
import { RawConnection } from '../support/raw-connection.js';

/** The recipe of docs/guide/websockets-and-hybrid.md. */
const upgrades = new WeakMap<object, IncomingMessage>();

@Catch(SignatureException)
class RefusedMessages implements ExceptionFilter<SignatureException> {
  catch({ code, message }: SignatureException, host: ArgumentsHost) {
    const data = { status: 'error', code, message };
    host
      .switchToWs()
      .getClient<WebSocket>()
      .send(JSON.stringify({ event: 'exception', data }));
  }
}

/** What handlers were called with. */
const heard: unknown[] = [];

@RequireApigSignature()
@UseFilters(RefusedMessages)
@WebSocketGateway({ path: '/messages' })
class Messages implements OnGatewayConnection {
  constructor(private readonly signer: SignerService) {}

  async handleConnection(client: WebSocket, request: IncomingMessage) {
    upgrades.set(client, request);
    const verdict = await this.signer.verify(request);
    if (!verdict.ok) client.close(4401, verdict.refusal.code);
  }

  @SubscribeMessage('ask')
  ask(@VerifiedSignature() caller: VerifiedRequest) {
    heard.push(caller.key);
    return { event: 'answer', data: caller.key };
  }

  @RequireApigSignature({ allowedKeys: ['another_key'] })
  @SubscribeMessage('askAnother')
  askAnother() {
    return { event: 'answer', data: 'never' };
  }
}

const getRequest = (context: ExecutionContext) => upgrades.get(context.switchToWs().getClient<object>());

async function startWith(platform: Platform, options: ApigSignatureOptions = {}) {
  @Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS, getRequest, ...options })], providers: [Messages] })
  class AppModule {}
  const { port } = await startForTest(platform, AppModule, {
    prepare: (app) => void app.useWebSocketAdapter(new WsAdapter(app)),
  });
  const connect = (headers: HeaderLines) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/messages`, { headers: Object.fromEntries(headers) });
    onTestFinished(() => socket.terminate());
    return socket;
  };
  return Object.assign(connect, { port });
}

/** Opens a WebSocket by hand, and sends bytes together with the request. */
async function openByHand(port: number, headers: HeaderLines, bytes: Buffer = Buffer.alloc(0)): Promise<RawConnection> {
  const upgrade = [
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', randomBytes(16).toString('base64')],
  ] as const;
  const head = toBytes({ method: 'GET', target: '/messages', headers: [...headers, ...upgrade] });
  const connection = await RawConnection.to(port, { allowHalfOpen: true });
  onTestFinished(() => void connection.socket.destroy());
  await connection.write(Buffer.concat([head, bytes]));
  return connection;
}

/** A text message of a client, as RFC 6455 frames it: under 126 bytes, with a mask of zeros. */
function frame(event: string): Buffer {
  const text = Buffer.from(JSON.stringify({ event, data: null }));
  return Buffer.concat([Buffer.of(0x81, 0x80 | text.length, 0, 0, 0, 0), text]);
}

async function ask(socket: WebSocket, event: string): Promise<unknown> {
  const answer = once(socket, 'message');
  socket.send(JSON.stringify({ event, data: null }));
  return JSON.parse(String((await answer)[0])) as unknown;
}

describe.each(platforms)('a connection that is verified when it opens, on $name', (platform) => {
  it('keeps its verdict when its date is long past', async () => {
    let now = Date.now();
    const connect = await startWith(platform, { now: () => now, replayProtection: true });
    const socket = connect(forward({ target: '/messages' }).headers);
    await once(socket, 'open');
    expect(await ask(socket, 'ask')).toEqual({ event: 'answer', data: KEY });
    now += 3_600_000;
    expect(await ask(socket, 'ask')).toEqual({ event: 'answer', data: KEY });
  });

  it('keeps its verdict if its first message comes an hour later', async () => {
    let now = Date.now();
    const connect = await startWith(platform, { now: () => now });
    const socket = connect(forward({ target: '/messages' }).headers);
    await once(socket, 'open');
    // Until the server has seen the connection too.
    expect(await ask(socket, 'askAnother')).toMatchObject({ event: 'exception' });
    now += 3_600_000;
    expect(await ask(socket, 'ask')).toEqual({ event: 'answer', data: KEY });
  });

  it('gets the code of a refused message', async () => {
    const connect = await startWith(platform);
    const socket = connect(forward({ target: '/messages' }).headers);
    await once(socket, 'open');
    const data = { status: 'error', code: 'KEY_UNKNOWN', message: 'Signing key not found.' };
    expect(await ask(socket, 'askAnother')).toEqual({ event: 'exception', data });
  });

  it.each<[code: string, headers: HeaderLines]>([
    ['AUTHORIZATION_MISSING', []],
    ['SIGNATURE_MISMATCH', forward({ target: '/messages' }, { secret: `not ${SECRET}` }).headers],
    ['SIGNATURE_EXPIRED', forward({ target: '/messages' }, { date: new Date(0) }).headers],
  ])('is closed with 4401 and %s', async (code, headers) => {
    const connect = await startWith(platform);
    const [status, reason] = (await once(connect(headers), 'close')) as [number, Buffer];
    expect([status, String(reason)]).toEqual([4401, code]);
  });

  it.each<[framing: HeaderLines[number]]>([[['Content-Length', '5']], [['Transfer-Encoding', 'chunked']]])(
    'is closed with 4401 if its request announces a body: %s',
    async (framing) => {
      const { port } = await startWith(platform);
      const connection = await openByHand(port, [...forward({ target: '/messages' }).headers, framing]);
      await expect.poll(() => connection.received).toContain('BODY_NOT_CAPTURED');
    },
  );

  it.each<[what: string, keys: ApigSignatureOptions['keys']]>([
    ['at once', KEYS],
    ['later', () => setImmediate(SECRET)],
  ])(
    'ignores the messages of a refused client that goes on sending, with keys that are found %s',
    async (_what, keys) => {
      heard.length = 0;
      const { port } = await startWith(platform, { keys });
      const { headers } = forward({ target: '/messages' }, { secret: `not ${SECRET}` });
      const connection = await openByHand(port, headers, frame('ask'));
      await expect.poll(() => connection.received).toContain('SIGNATURE_MISMATCH');
      await connection.write(frame('ask'));
      await connection.write(frame('ask'));
      // Whoever is trusted is heard meanwhile, so that these messages have arrived too.
      const trusted = await openByHand(port, forward({ target: '/messages' }).headers, frame('ask'));
      await expect.poll(() => trusted.received).toContain(KEY);
      expect(heard).toEqual([KEY]);
    },
  );

  it('has the verdict in getVerdict, by client and by request', async () => {
    const seen: unknown[] = [];
    @Catch(SignatureException)
    class Noting extends RefusedMessages {
      override catch(exception: SignatureException, host: ArgumentsHost) {
        const client = host.switchToWs().getClient<object>();
        seen.push(getVerdict(host), getVerdict(upgrades.get(client)!));
        super.catch(exception, host);
      }
    }
    @UseFilters(Noting)
    @WebSocketGateway({ path: '/messages' })
    class Noted extends Messages {}
    @Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS, getRequest })], providers: [Noted] })
    class AppModule {}
    const { port } = await startForTest(platform, AppModule, {
      prepare: (app) => void app.useWebSocketAdapter(new WsAdapter(app)),
    });
    const { headers } = forward({ target: '/messages' });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/messages`, { headers: Object.fromEntries(headers) });
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    await ask(socket, 'askAnother');
    const refused = expect.objectContaining({
      ok: false,
      refusal: expect.objectContaining({ code: 'KEY_UNKNOWN' }) as unknown,
    }) as unknown;
    expect(seen).toEqual([refused, refused]);
  });
});
