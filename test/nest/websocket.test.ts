import type { IncomingMessage } from 'node:http';
import {
  Catch,
  Module,
  UseFilters,
  UseInterceptors,
  type ArgumentsHost,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  BaseWsExceptionFilter,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
} from '@nestjs/websockets';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import {
  ApigSignatureModule,
  getVerdict,
  RawBodyInterceptor,
  RequireApigSignature,
  SignatureException,
  SignatureGuard,
  SignedHeader,
  SkipApigSignature,
  VerifiedSignature,
  type ApigSignatureOptions,
  type VerifiedRequest,
} from '../../src/index.js';
import { forward, HOST, KEY, KEYS } from '../support/gateway.js';
import type { HeaderLines } from '../support/http-client.js';
import { platforms, startForTest, type StartOptions } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';
import { refused as refusedVerdict } from '../support/refusals.js';

const PATH = '/messages';
const upgrades = new WeakMap<object, IncomingMessage>();

/** Answers each message with the key of who sent it; keeps the request that opened the connection. */
class Gateway implements OnGatewayConnection {
  handleConnection(client: object, upgrade: IncomingMessage) {
    upgrades.set(client, upgrade);
  }

  @SubscribeMessage('ask')
  ask(@VerifiedSignature() caller?: VerifiedRequest) {
    return { event: 'answer', data: caller?.key ?? 'nobody' };
  }

  @SkipApigSignature()
  @SubscribeMessage('askOpenly')
  askOpenly(@VerifiedSignature() caller?: VerifiedRequest) {
    return { event: 'answer', data: caller?.key ?? 'nobody' };
  }

  @SkipApigSignature()
  @UseInterceptors(RawBodyInterceptor)
  @SubscribeMessage('askForBody')
  askForBody() {
    return { event: 'answer', data: 'none' };
  }

  @RequireApigSignature({ requiredSignedHeaders: ['x-note'] })
  @SubscribeMessage('askStrictly')
  askStrictly(@SignedHeader('X-Note') note?: string) {
    return { event: 'answer', data: note };
  }

  @SubscribeMessage('askForHost')
  askForHost(@SignedHeader('host') host?: string, @SignedHeader('x-note') note?: string) {
    return { event: 'answer', data: [host, note ?? 'not signed'] };
  }
}

@WebSocketGateway({ path: PATH })
class PlainGateway extends Gateway {}

@SkipApigSignature()
@WebSocketGateway({ path: PATH })
class SkippedGateway extends Gateway {}

@RequireApigSignature()
@WebSocketGateway({ path: PATH })
class GuardedGateway extends Gateway {}

const upgradeOf = (context: ExecutionContext) => upgrades.get(context.switchToWs().getClient<object>());
const answered = (data: string) => ({ event: 'answer', data });
const refused = { event: 'exception', data: expect.objectContaining({ status: 'error' }) as unknown };

interface Setting {
  readonly options?: ApigSignatureOptions;
  readonly isGlobal?: boolean;
  readonly prepare?: StartOptions['prepare'];
}

describe.each(platforms)('messages to a gateway, on $name', (platform) => {
  async function startWith(gateway: Type, { options, isGlobal = true, prepare }: Setting = {}) {
    @Module({
      imports: [ApigSignatureModule.forRoot({ keys: KEYS, ...options })],
      providers: [gateway, ...(isGlobal ? [{ provide: APP_GUARD, useExisting: SignatureGuard }] : [])],
    })
    class AppModule {}
    const logger = new RecordedLog();
    const { port } = await startForTest(platform, AppModule, {
      logger,
      prepare: async (app) => {
        app.useWebSocketAdapter(new WsAdapter(app));
        await prepare?.(app);
      },
    });
    return { port, logger };
  }

  /** Sends messages over one connection, one after the other's answer, and gives back what was answered. */
  async function ask(port: number, events: readonly string[], headers: HeaderLines = []): Promise<unknown[]> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${PATH}`, { headers: Object.fromEntries(headers) });
    onTestFinished(() => socket.terminate());
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const answers: unknown[] = [];
    for (const event of events) {
      const answer = new Promise<Buffer>((resolve) => socket.once('message', resolve));
      socket.send(JSON.stringify({ event, data: null }));
      answers.push(JSON.parse(String(await answer)));
    }
    return answers;
  }

  it.each<[what: string, gateway: Type, setting: Setting]>([
    ['APP_GUARD', PlainGateway, {}],
    [
      'useGlobalGuards',
      PlainGateway,
      { isGlobal: false, prepare: (app) => void app.useGlobalGuards(app.get(SignatureGuard)) },
    ],
    ['a decorator', GuardedGateway, { isGlobal: false }],
  ])('are refused under %s, with the remedy in the log, and the connection stays open', async (_, gateway, setting) => {
    const { port, logger } = await startWith(gateway, setting);
    const signed = forward({ target: PATH }).headers;
    expect(await ask(port, ['ask', 'ask', 'askOpenly'], signed)).toEqual([refused, refused, answered('nobody')]);
    const remedy =
      `No HTTP request to verify in a context of type "ws" (${gateway.name}.ask): ` +
      'give ApigSignatureModule.forRoot() the option getRequest, or mark this handler with @SkipApigSignature(), and ' +
      'not its class, which may have HTTP routes';
    expect(logger.troubles).toEqual([expect.stringContaining(remedy), expect.stringContaining(remedy)]);
  });

  it('have no body for RawBodyInterceptor, and the log has the remedy', async () => {
    const { port, logger } = await startWith(PlainGateway);
    expect(await ask(port, ['askForBody', 'askOpenly'])).toEqual([refused, answered('nobody')]);
    expect(logger.troubles).toEqual([expect.stringContaining('No HTTP request to verify in a context of type "ws"')]);
  });

  it("pass in mode 'report', with the remedy in the log once a minute", async () => {
    const { port, logger } = await startWith(PlainGateway, { options: { mode: 'report' } });
    const signed = forward({ target: PATH }).headers;
    expect(await ask(port, ['ask', 'ask'], signed)).toEqual([answered('nobody'), answered('nobody')]);
    expect(logger.troubles).toEqual([
      expect.stringContaining("mode 'report': every request is let through"),
      expect.stringContaining(`Let through by mode 'report': No HTTP request to verify in a context of type "ws"`),
    ]);
  });

  it('pass to a skipped gateway, except to handlers that require a signature', async () => {
    const { port, logger } = await startWith(SkippedGateway);
    expect(await ask(port, ['ask', 'askOpenly'])).toEqual([answered('nobody'), answered('nobody')]);
    expect(logger.troubles).toEqual([]);
    expect(await ask(port, ['askStrictly'])).toEqual([refused]);
  });

  describe('with getRequest', () => {
    const options = { getRequest: upgradeOf };

    it('are judged by the request that opened the connection', async () => {
      const { port } = await startWith(PlainGateway, { options });
      const events = ['ask', 'askOpenly', 'askStrictly', 'ask'];
      const signed = forward({ target: PATH }).headers;
      const noted = forward({ target: PATH, headers: [['X-Note', 'noted']] }).headers;
      const passed = [answered(KEY), answered('nobody'), refused, answered(KEY)];
      expect(await ask(port, events, signed)).toEqual(passed);
      expect(await ask(port, events, noted)).toEqual(passed.with(2, answered('noted')));
    });

    it('have the signed headers of that request', async () => {
      const { port } = await startWith(PlainGateway, { options });
      const signed = forward({ target: PATH }).headers;
      const answer = { event: 'answer', data: [HOST, 'not signed'] };
      expect(await ask(port, ['askForHost'], [...signed, ['X-Note', 'unsigned']])).toEqual([answer]);
    });

    it('give an exception filter the reason of the refusal', async () => {
      const told: unknown[] = [];
      @Catch(SignatureException)
      class ToldFilter extends BaseWsExceptionFilter<SignatureException> {
        override catch(exception: SignatureException, host: ArgumentsHost) {
          told.push(getVerdict(host));
          super.catch(exception, host);
        }
      }
      @UseFilters(ToldFilter)
      @WebSocketGateway({ path: PATH })
      class ToldGateway extends Gateway {}
      const { port } = await startWith(ToldGateway, { options });
      expect(await ask(port, ['ask'])).toEqual([refused]);
      expect(told).toEqual([refusedVerdict('AUTHORIZATION_MISSING')]);
    });

    it("pass in mode 'report', unverified", async () => {
      const { port } = await startWith(PlainGateway, { options: { ...options, mode: 'report' } });
      const nothing = { event: 'answer', data: [null, 'not signed'] };
      expect(await ask(port, ['askForHost', 'ask'], [])).toEqual([nothing, answered('nobody')]);
    });

    it.each<[what: string, headers: HeaderLines]>([
      ['nobody', []],
      ['the gateway for another target', forward({ target: '/other' }).headers],
      ['the gateway with another secret', forward({ target: PATH }, { secret: 'another secret of theirs' }).headers],
    ])('are refused if it was signed by %s', async (_, headers) => {
      const { port } = await startWith(GuardedGateway, { options, isGlobal: false });
      expect(await ask(port, ['ask', 'askOpenly'], headers)).toEqual([refused, answered('nobody')]);
    });

    it('are refused if the function finds no request', async () => {
      const { port, logger } = await startWith(PlainGateway, { options: { getRequest: () => undefined } });
      expect(await ask(port, ['ask'], forward({ target: PATH }).headers)).toEqual([refused]);
      expect(logger.troubles).toEqual([expect.stringContaining('getRequest')]);
    });
  });
});
