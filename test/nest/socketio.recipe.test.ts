import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import {
  Catch,
  Module,
  UseFilters,
  type ArgumentsHost,
  type ExceptionFilter,
  type ExecutionContext,
} from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SubscribeMessage, WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import type { Socket } from 'socket.io';
import { io, type Socket as Client } from 'socket.io-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ApigSignatureModule,
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
@Catch(SignatureException)
class RefusedMessages implements ExceptionFilter<SignatureException> {
  catch({ code, message }: SignatureException, host: ArgumentsHost) {
    host.switchToWs().getClient<Socket>().emit('exception', { status: 'error', code, message });
  }
}

/** What handlers were called with. */
const heard: unknown[] = [];

@RequireApigSignature()
@UseFilters(RefusedMessages)
@WebSocketGateway({ transports: ['websocket'] })
class Messages implements OnGatewayConnection {
  constructor(private readonly signer: SignerService) {}

  async handleConnection(client: Socket) {
    const verdict = await this.signer.verify(client.request);
    if (verdict.ok) return;
    const { code, message } = verdict.refusal;
    client.emit('exception', { status: 'error', code, message });
    client.disconnect(true);
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

const getRequest = (context: ExecutionContext) => context.switchToWs().getClient<Socket>().request;

const TARGET = '/socket.io/?EIO=4&transport=websocket';

async function startWith(platform: Platform, options: ApigSignatureOptions = {}) {
  @Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS, getRequest, ...options })], providers: [Messages] })
  class AppModule {}
  const { port } = await startForTest(platform, AppModule, {
    prepare: (app) => void app.useWebSocketAdapter(new IoAdapter(app)),
  });
  return (headers: HeaderLines) => {
    const client = io(`http://127.0.0.1:${port}`, {
      ...{ transports: ['websocket'], reconnection: false, forceNew: true },
      extraHeaders: Object.fromEntries(headers),
    });
    onTestFinished(() => void client.disconnect());
    return client;
  };
}

async function answerTo(client: Client, event: string): Promise<unknown> {
  const answer = new Promise((resolve) => {
    client.once('answer', (data: unknown) => {
      resolve({ answer: data });
    });
    client.once('exception', (data: unknown) => {
      resolve({ exception: data });
    });
  });
  client.emit(event, null);
  return answer;
}

/** Node's emitter has the types that `once` asks for. */
const event = (client: Client, name: string) => once(client as unknown as NodeJS.EventEmitter, name);

describe.each(platforms)('a connection of socket.io that is verified when it opens, on $name', (platform) => {
  it('keeps its verdict if its next message comes an hour later', async () => {
    let now = Date.now();
    const connect = await startWith(platform, { now: () => now, replayProtection: true });
    const client = connect(forward({ target: TARGET }).headers);
    await event(client, 'connect');
    expect(await answerTo(client, 'ask')).toEqual({ answer: KEY });
    now += 3_600_000;
    expect(await answerTo(client, 'ask')).toEqual({ answer: KEY });
  });

  it('gets the code of a refused message, and stays open', async () => {
    const connect = await startWith(platform);
    const client = connect(forward({ target: TARGET }).headers);
    await event(client, 'connect');
    const refused = { status: 'error', code: 'KEY_UNKNOWN', message: 'Signing key not found.' };
    expect(await answerTo(client, 'askAnother')).toEqual({ exception: refused });
    expect(await answerTo(client, 'ask')).toEqual({ answer: KEY });
  });

  it.each<[code: string, headers: HeaderLines]>([
    ['AUTHORIZATION_MISSING', []],
    ['SIGNATURE_MISMATCH', forward({ target: TARGET }, { secret: `not ${SECRET}` }).headers],
    ['SIGNATURE_MISMATCH', forward({ target: '/socket.io/?EIO=4&transport=polling' }).headers],
    ['SIGNATURE_EXPIRED', forward({ target: TARGET }, { date: new Date(0) }).headers],
  ])('gets %s and is disconnected', async (code, headers) => {
    const connect = await startWith(platform);
    const client = connect(headers);
    const told = event(client, 'exception');
    const ended = event(client, 'disconnect');
    expect(await told).toEqual([expect.objectContaining({ code })]);
    expect((await ended)[0]).toBe('io server disconnect');
  });

  it.each<[what: string, keys: ApigSignatureOptions['keys']]>([
    ['at once', KEYS],
    ['later', () => setImmediate(SECRET)],
  ])('gets a refusal for each message before it is disconnected, with keys that are found %s', async (_what, keys) => {
    heard.length = 0;
    const connect = await startWith(platform, { keys });
    const client = connect(forward({ target: TARGET }, { secret: `not ${SECRET}` }).headers);
    client.emit('ask', null); // goes out with the connection
    await event(client, 'disconnect');
    expect(heard).toEqual([]);
  });

  it('is refused if its request announces a body', async () => {
    const connect = await startWith(platform);
    const client = connect([...forward({ target: TARGET }).headers, ['Content-Length', '5']]);
    const told = event(client, 'exception');
    const ended = event(client, 'disconnect');
    expect(await told).toEqual([expect.objectContaining({ code: 'BODY_NOT_CAPTURED' })]);
    expect((await ended)[0]).toBe('io server disconnect');
  });
});
