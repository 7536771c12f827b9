import { Controller, Get, Inject, Module, Post, Req, UseGuards, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, it, vi } from 'vitest';
import {
  ApigSignatureModule,
  MemoryReplayStore,
  RequireApigSignature,
  SignatureGuard,
  SignerService,
  SkipApigSignature,
  type ApigSignatureOptions,
  type ReplayStore,
} from '../../src/index.js';
import { forward, KEYS } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { platforms, startForTest, type Platform } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';
import { refusalReply, unauthorized } from '../support/refused-replies.js';

/** One instant: two requests of it that are equal carry one signature. */
const DATE = Date.UTC(2026, 0, 15, 9, 30, 45);

@RequireApigSignature()
@Controller()
class RoutesController {
  constructor(@Inject(SignerService) private readonly signer: SignerService) {}

  @Get('plain')
  @Post('plain')
  plain() {
    return 'plain';
  }

  @RequireApigSignature({ replayProtection: true })
  @Post('protected')
  protected() {
    return 'protected';
  }

  @RequireApigSignature({ replayProtection: false })
  @Get('open')
  open() {
    return 'open';
  }

  @UseGuards(SignatureGuard)
  @RequireApigSignature({ replayProtection: true })
  @Get('guarded-often')
  guardedOften() {
    return 'guarded often';
  }

  @RequireApigSignature({ replayProtection: true, requiredSignedHeaders: ['x-tenant'] })
  @Get('strict')
  strict() {
    return 'strict';
  }

  @SkipApigSignature()
  @Get('asks')
  async asks(@Req() request: object) {
    const [first, second] = [await this.signer.verify(request), await this.signer.verify(request)];
    return [first, second].map((verdict) => (verdict.ok ? verdict.key : verdict.refusal.code)).join();
  }
}

const globally: Provider = { provide: APP_GUARD, useExisting: SignatureGuard };

async function startWith(platform: Platform, options: ApigSignatureOptions, providers: Provider[] = []) {
  const signatures = ApigSignatureModule.forRoot({
    keys: KEYS,
    unsignedPayload: 'refuse',
    now: () => DATE,
    ...options,
  });
  @Module({ imports: [signatures], controllers: [RoutesController], providers })
  class AppModule {}
  const logger = new RecordedLog();
  const { port } = await startForTest(platform, AppModule, { logger });
  const call = (target: string, method = 'GET') => send(port, forward({ method, target }, { date: DATE }));
  const twice = async (target: string, method = 'GET') => [await call(target, method), await call(target, method)];
  return { port, call, twice, logger };
}

const storeOf = (reserve: ReplayStore['reserve']) => ({ reserve: vi.fn<ReplayStore['reserve']>(reserve) });
const passed = (text: string) => expect.objectContaining({ text }) as unknown;
const replayed = expect.objectContaining(unauthorized('REPLAYED')) as unknown;
const unavailable = refusalReply(503, 'REPLAY_STORE_UNAVAILABLE', 'Replay store is unavailable.');

describe.each(platforms)('replay protection on $name', (platform) => {
  it('of one route refuses a repeated request there, and not on other routes', async () => {
    const { twice } = await startWith(platform, {});
    expect(await twice('/protected', 'POST')).toEqual([passed('protected'), replayed]);
    expect(await twice('/plain')).toEqual([passed('plain'), passed('plain')]);
  });

  it('of all routes refuses a repeated request, except where a route disables it', async () => {
    const { twice } = await startWith(platform, { replayProtection: true });
    expect(await twice('/plain')).toEqual([passed('plain'), replayed]);
    expect(await twice('/open')).toEqual([passed('open'), passed('open')]);
  });

  it('recognises any spelling of the target', async () => {
    const { port } = await startWith(platform, {});
    const first = forward({ method: 'POST', target: '/protected' }, { date: DATE });
    expect(await send(port, first)).toMatchObject({ status: 201, text: 'protected' });
    for (const target of ['/protected/', '/protected?', '/protected?&']) {
      const reply = await send(port, { ...first, target });
      // Fastify has no route for a final slash.
      expect(reply).toEqual(reply.status === 404 && target === '/protected/' ? passed(reply.text) : replayed);
    }
  });

  it('reserves once for three guards of one request', async () => {
    const store = storeOf(() => true);
    const { twice } = await startWith(platform, { replayStore: store }, [globally]);
    expect(await twice('/guarded-often')).toEqual([passed('guarded often'), passed('guarded often')]);
    expect(store.reserve).toHaveBeenCalledTimes(2);
    const { twice: withMemory } = await startWith(platform, {}, [globally]);
    expect(await withMemory('/guarded-often')).toEqual([passed('guarded often'), replayed]);
  });

  it('reserves nothing for a request that is refused for another reason', async () => {
    const { call, port } = await startWith(platform, {});
    expect(await call('/strict')).toMatchObject(unauthorized('HEADER_NOT_SIGNED', 'x-tenant'));
    const signed = forward({ target: '/strict', headers: [['X-Tenant', 'a']] }, { date: DATE });
    expect(await send(port, { ...signed, target: '/strict?x' })).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
    expect(await send(port, signed)).toMatchObject({ status: 200, text: 'strict' });
    expect(await send(port, signed)).toEqual(replayed);
  });

  it('applies to SignerService, once for each request', async () => {
    const { twice } = await startWith(platform, { replayProtection: true });
    expect(await twice('/asks')).toEqual([passed('signature_key1,signature_key1'), passed('REPLAYED,REPLAYED')]);
  });

  it('lets one of many equal requests at the same moment pass', async () => {
    const { call } = await startWith(platform, {});
    const replies = await Promise.all(Array.from({ length: 20 }, () => call('/protected', 'POST')));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter(({ status }) => status !== 201)).toEqual(Array(19).fill(replayed));
  });

  it.each<[what: string, reserve: () => unknown, reason: string]>([
    [
      'throws',
      () => {
        throw new Error('down');
      },
      'replayStore failed: down',
    ],
    ['rejects', () => Promise.reject(new Error('down')), 'replayStore failed: down'],
    ['answers neither', () => 'OK', 'replayStore answered neither true nor false'],
    ['promises neither', () => Promise.resolve(undefined), 'replayStore answered neither true nor false'],
  ])('refuses if the store %s, and gives the reason to the log only', async (_, reserve, reason) => {
    const store = storeOf(reserve as ReplayStore['reserve']);
    const { call, logger } = await startWith(platform, { replayStore: store });
    expect(await call('/protected', 'POST')).toMatchObject(unavailable);
    expect(logger.troubles).toEqual([`error REPLAY_STORE_UNAVAILABLE: ${reason} ApigSignature`]);
    expect(store.reserve).toHaveBeenCalledOnce();
    expect(await call('/plain')).toEqual(passed('plain'));
  });

  it('has a store for each application, unless they share a given store', async () => {
    const apps = [await startWith(platform, {}), await startWith(platform, {})];
    for (const { call } of apps) expect(await call('/protected', 'POST')).toEqual(passed('protected'));
    const replayStore = new MemoryReplayStore({ now: () => DATE });
    const [one, other] = [await startWith(platform, { replayStore }), await startWith(platform, { replayStore })];
    expect(await one.call('/protected', 'POST')).toEqual(passed('protected'));
    expect(await other.call('/protected', 'POST')).toEqual(replayed);
  });

  const NOTICE =
    'log replayProtection: signatures are kept in the memory of this process, and protect it alone; ' +
    'for several processes, set replayStore to a RedisReplayStore ApigSignature';

  it.each<[what: string, options: ApigSignatureOptions, lines: string[]]>([
    ['no store', { replayProtection: true }, [NOTICE]],
    ['a memory store', { replayProtection: true, replayStore: new MemoryReplayStore() }, [NOTICE]],
    ['another store', { replayProtection: true, replayStore: { reserve: () => true } }, []],
    ['its routes’ alone', {}, [NOTICE]],
    ['another store for its routes', { replayStore: { reserve: () => true } }, []],
  ])('warns once at the start that memory protects one process: %s', async (_, options, lines) => {
    const { logger } = await startWith(platform, options);
    expect(logger.lines.filter((line) => line.includes('replay'))).toEqual(lines);
  });
});
