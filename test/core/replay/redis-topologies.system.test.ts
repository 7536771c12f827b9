import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RedisReplayStore } from '../../../src/core/index.js';
import { experiment } from '../../failover/experiment.js';
import { RedisServer } from '../../support/redis.js';
import { topologies, type Topology } from '../../support/redis-topologies.js';

/** For a machine that has other things to do as well. */
const PATIENCE = 180_000;

const kinds = ['redis', 'ioredis'] as const;

/** Such a machine may leave Redis without time for longer than the default. */
const PATIENT = { timeout: 5 };

describe.each(['single', 'sentinel', 'cluster'] as const)('a store in a real Redis: %s', (name) => {
  let topology: Topology;
  beforeAll(async () => {
    topology = await topologies[name]();
  }, PATIENCE);
  afterAll(() => topology.stop());

  it.each(kinds)('accepts each of 500 signatures once in ten tries at the same moment, with %s', async (kind) => {
    const { store, close } = await topology.connect(kind, 0, PATIENT);
    onTestFinished(close);
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => {
          const signature = randomBytes(32).toString('hex');
          return Promise.all(Array.from({ length: 10 }, () => store.reserve(signature, 60_000, new Date())));
        }),
      );
      const once = [true, ...Array<boolean>(9).fill(false)];
      for (const answer of answers) expect(answer.toSorted((a, b) => Number(b) - Number(a))).toEqual(once);
    }
  });

  it('shares the signatures between the clients', async () => {
    const [redis, ioredis] = [
      await topology.connect('redis', 0, PATIENT),
      await topology.connect('ioredis', 0, PATIENT),
    ];
    onTestFinished(() => {
      redis.close();
      ioredis.close();
    });
    for (let round = 0; round < 50; round++) {
      const signature = randomBytes(32).toString('hex');
      const [first, second] = round % 2 === 0 ? [redis, ioredis] : [ioredis, redis];
      expect(await first.store.reserve(signature, 60_000, new Date())).toBe(true);
      expect(await second.store.reserve(signature, 60_000, new Date())).toBe(false);
    }
  });
});

it('the queue of ioredis stays within maxPending while Redis hangs', async () => {
  const server = await RedisServer.start();
  const client = new Redis(server.port, '127.0.0.1', { maxRetriesPerRequest: 0 });
  onTestFinished(async () => {
    client.disconnect();
    await server.stop();
  });
  await client.ping();
  const store = RedisReplayStore.of(client, { maxPending: 100 });
  const reserve = () => store.reserve(randomBytes(32).toString('hex'), 60_000, new Date());
  server.hang();
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.allSettled(Array.from({ length: 100 }, reserve));
    expect(answers.every(({ status }) => status === 'rejected')).toBe(true);
  }
  expect(client.commandQueue.length).toBeGreaterThanOrEqual(100);
  expect(client.commandQueue.length).toBeLessThan(120); // one a second more, to hear whether Redis is back
  server.goOn();
  await expect.poll(() => client.commandQueue.length).toBe(0);
  expect(await reserve()).toBe(true);
});

// `npm run replay:failover` does the others, which take minutes.
describe('a store whose Redis fails under load', () => {
  it.each([
    { topology: 'single', fault: 'hang', kind: 'redis', minReplicas: false },
    { topology: 'single', fault: 'hang', kind: 'ioredis', minReplicas: false },
    { topology: 'sentinel', fault: 'lag', kind: 'redis', minReplicas: true },
    { topology: 'cluster', fault: 'lag', kind: 'ioredis', minReplicas: true },
  ] as const)(
    'accepts nothing twice, and works again by itself: $topology, $fault, $kind',
    async (setup) => {
      const outcome = await experiment({ ...setup, socketTimeout: 2000, rate: 200 });
      expect(outcome).toMatchObject({ replaysBefore: 0, replaysDuring: 0, replaysAfter: 0, isWell: true });
      expect(outcome.passed).toBeGreaterThan(200);
      expect(outcome.unavailable).toBeGreaterThan(0);
    },
    PATIENCE,
  );
});
