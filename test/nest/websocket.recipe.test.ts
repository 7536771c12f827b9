import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
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
import type { HeaderLines } from '../support/http-client.js';
import { platforms, startForTest, type Platform } from '../support/platforms.js';

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

@UseFilters(RefusedMessages)
@WebSocketGateway({ path: '/messages' })
class Messages implements OnGatewayConnection {
  constructor(private readonly signer: SignerService) {}

  async handleConnection(client: WebSocket, request: IncomingMessage) {
    upgrades.set(client, request);
    const verdict = await this.signer.verify(request);
    if (!verdict.ok) client.close(4401, verdict.refusal.code);
  }

  @RequireApigSignature()
  @SubscribeMessage('ask')
  ask(@VerifiedSignature() caller: VerifiedRequest) {
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
  return (headers: HeaderLines) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/messages`, { headers: Object.fromEntries(headers) });
    onTestFinished(() => socket.terminate());
    return socket;
  };
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
