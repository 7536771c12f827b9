import { Controller, Module, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ApigSignatureModule, RequireApigSignature } from '../../src/index.js';
import { forward, KEYS } from '../support/gateway.js';
import { send, type Reply, type RequestToSend } from '../support/http-client.js';
import { express, fastify, platforms, startForTest } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';
import { clients, RedisServer } from '../support/redis.js';
import { refusalReply, unauthorized } from '../support/refused-replies.js';
import { startReplayApp, type ReplayApp } from '../support/replay-app.js';

/** For a machine that has other things to do as well. */
const PATIENCE = 120_000;

const replayed = expect.objectContaining(unauthorized('REPLAYED')) as unknown;
const written = expect.objectContaining({ status: 201, text: 'written' }) as unknown;
const unavailable = expect.objectContaining(
  refusalReply(503, 'REPLAY_STORE_UNAVAILABLE', 'Replay store is unavailable.'),
) as unknown;

const kinds = ['redis', 'ioredis'] as const;
let redis: RedisServer;
let turn = 0;

/** A write that nobody has sent yet. */
const newWrite = (date = Date.now()) =>
  forward(
    {
      method: 'POST',
      target: `/writes?turn=${turn++}`,
      headers: [['Content-Type', 'application/json']],
      body: '{}',
    },
    { date },
  );

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());

/** An application in this process, with a clock that the test moves. */
async function startHere(platform: (typeof platforms)[number], kind: (typeof kinds)[number]) {
  const client = await clients[kind](redis.port);
  onTestFinished(() => client.close());

  @RequireApigSignature({ replayProtection: true, unsignedPayload: 'refuse' })
  @Controller('writes')
  class WritesController {
    @Post()
    write() {
      return 'written';
    }
  }

  const clock = { now: Date.now() };
  const options = { keys: KEYS, replayStore: client.store, now: () => clock.now };
  @Module({ imports: [ApigSignatureModule.forRoot(options)], controllers: [WritesController] })
  class AppModule {}
  const logger = new RecordedLog();
  const { port } = await startForTest(platform, AppModule, { logger });
  return { clock, client, logger, write: (request: RequestToSend) => send(port, request) };
}

describe.each(platforms.flatMap((platform) => kinds.map((kind) => ({ platform, name: platform.name, kind }))))(
  'an application on $name, with the client $kind',
  ({ platform, kind }) => {
    it.each([
      ['as old as can be', -900, 60_000],
      ['of now', 0, 960_000],
      ['as far ahead as can be', 900, 1_860_000],
    ])('keeps a signature for as long as it is accepted: a date %s', async (_, offset, lifetime) => {
      const { clock, client, write } = await startHere(platform, kind);
      const date = Math.floor(clock.now / 1000) * 1000;
      clock.now = date - offset * 1000;
      const request = newWrite(date);
      expect(await write(request)).toEqual(written);
      expect(await write(request)).toEqual(replayed);
      const [, signature] = /Signature=(\w+)/.exec(request.headers.find(([name]) => name === 'Authorization')![1])!;
      const left = Number(await client.command('PTTL', `apig-signature:${signature}`));
      expect(left).toBeGreaterThan(lifetime - 60_000);
      expect(left).toBeLessThanOrEqual(lifetime);
      clock.now = date + 900_000;
      expect(await write(request)).toEqual(replayed);
      clock.now += 1;
      expect(await write(request)).toMatchObject(unauthorized('SIGNATURE_EXPIRED'));
    });

    it('answers 503 while Redis hangs, and works again by itself', async () => {
      const { logger, write } = await startHere(platform, kind);
      const before = newWrite();
      expect(await write(before)).toEqual(written);
      redis.hang();
      onTestFinished(() => redis.goOn());
      const whileHanging = [before, newWrite(), newWrite(), newWrite()];
      expect(await Promise.all(whileHanging.map(write))).toEqual(Array(4).fill(unavailable));
      const line = 'error REPLAY_STORE_UNAVAILABLE: replayStore failed: Redis gave no answer in 1 s ApigSignature';
      expect(logger.troubles).toEqual([line]);
      redis.goOn();
      await untilWritten(() => write(newWrite()));
      expect(await write(before)).toEqual(replayed);
      for (const request of whileHanging.slice(1)) {
        const replies = [await write(request), await write(request)];
        expect(replies.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(1);
        expect(replies[1]).toEqual(replayed);
      }
    });

    it('answers 503 while Redis is away or full, and works again by itself', async () => {
      const { client, logger, write } = await startHere(platform, kind);
      const before = newWrite();
      expect(await write(before)).toEqual(written);
      await client.command('CONFIG', 'SET', 'maxmemory', '1');
      expect(await write(newWrite())).toEqual(unavailable);
      expect(logger.troubles).toEqual([expect.stringContaining('OOM command not allowed')]);
      await client.command('CONFIG', 'SET', 'maxmemory', '0');
      await redis.kill();
      expect(await write(newWrite())).toEqual(unavailable);
      await redis.restart();
      await untilWritten(() => write(newWrite()));
      expect(await write(before)).toEqual(replayed);
    });
  },
);

describe('two processes, one on each adapter', () => {
  describe.each([
    ['redis', 'redis'],
    ['ioredis', 'ioredis'],
    ['redis', 'ioredis'],
  ] as const)('with the clients %s and %s', (onExpress, onFastify) => {
    let apps: readonly [ReplayApp, ReplayApp];
    beforeAll(async () => {
      apps = await Promise.all([
        startReplayApp(express.name, onExpress, redis.port),
        startReplayApp(fastify.name, onFastify, redis.port),
      ]);
    }, PATIENCE);
    afterAll(() => Promise.all(apps.map((app) => app.stop())));

    const toBoth = (request: RequestToSend) => Promise.all(apps.map(({ port }) => send(port, request)));

    it(
      'let one of two equal requests at the same moment pass',
      async () => {
        for (let round = 0; round < 100; round++) {
          const replies = await toBoth(newWrite());
          expect(replies.toSorted((a, b) => a.status - b.status)).toEqual([written, replayed]);
        }
      },
      PATIENCE,
    );

    it(
      'let nothing pass twice when Redis is killed under load, and work again by themselves',
      async () => {
        const passes = new Map<RequestToSend, number>();
        let isOver = false;
        let passed = 0;
        let whenMore: { readonly at: number; readonly wake: () => void } | undefined;
        const more = (count: number) =>
          new Promise<void>((wake) => {
            whenMore = { at: passed + count, wake };
          });

        const load = async () => {
          while (!isOver) {
            const request = newWrite();
            passes.set(request, 0);
            // Each is sent to both at one moment, and then to both again.
            for (const reply of [...(await toBoth(request)), ...(await toBoth(request))]) {
              if (reply.status === 201) passes.set(request, passes.get(request)! + 1);
              else expect([replayed, unavailable]).toContainEqual(reply);
            }
            passed += passes.get(request)!;
            if (whenMore && passed >= whenMore.at) whenMore.wake();
          }
        };
        const underLoad = Promise.all(Array.from({ length: 4 }, load));

        for (let round = 0; round < 3; round++) {
          await Promise.race([more(30), underLoad]);
          await redis.kill();
          await redis.restart();
        }
        await Promise.race([more(30), underLoad]);
        isOver = true;
        await underLoad;

        const sent = [...passes.keys()];
        expect(Math.max(...passes.values())).toBe(1);
        // All that passed is known still, by both.
        for (const request of sent.filter((each) => passes.get(each) === 1)) {
          expect(await toBoth(request)).toEqual([replayed, replayed]);
        }
      },
      PATIENCE,
    );
  });
});

/** Sends until one passes; meanwhile the store is unavailable, and nothing else is wrong. */
async function untilWritten(write: () => Promise<Reply>): Promise<void> {
  for (let reply = await write(); reply.status !== 201; reply = await write()) expect(reply).toEqual(unavailable);
}
