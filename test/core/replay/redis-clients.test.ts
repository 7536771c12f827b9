import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RedisReplayStore, type AnyRedisClient, type RedisReplayStoreSettings } from '../../../src/core/index.js';

const SIGNATURE = 'ab'.repeat(32);
const COMMAND = ['SET', `apig-signature:${SIGNATURE}`, '1', 'NX', 'PX', '960000'];

// None of them is connected.
const redis = () => createClient();
const redisCluster = () => createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] });
const redisSentinel = () => createSentinel({ name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] });
const ioredis = () => new Redis({ lazyConnect: true });
const ioredisSentinel = () => new Redis({ lazyConnect: true, name: 'main', sentinels: [{ port: 1 }] });
const ioredisCluster = () => new Cluster([{ port: 1 }], { lazyConnect: true });

describe('RedisReplayStore.of', () => {
  it.each<[name: string, make: () => object, method: string, args: unknown[]]>([
    ['createClient of redis', redis, 'sendCommand', [COMMAND]],
    ['createCluster of redis', redisCluster, 'sendCommand', [COMMAND[1], false, COMMAND]],
    ['createSentinel of redis', redisSentinel, 'sendCommand', [false, COMMAND]],
    ['Redis of ioredis', ioredis, 'call', COMMAND],
    ['Redis of ioredis with sentinels', ioredisSentinel, 'call', COMMAND],
    ['Cluster of ioredis', ioredisCluster, 'call', COMMAND],
  ])('sends commands in the form of %s', async (_, make, method, args) => {
    const client = make() as Record<string, (...args: unknown[]) => Promise<unknown>>;
    const sent = vi.spyOn(client, method).mockResolvedValue('OK');
    onTestFinished(() => sent.mockRestore());
    expect(await RedisReplayStore.of(client as unknown as AnyRedisClient).reserve(SIGNATURE, 960_000, new Date())).toBe(
      true,
    );
    expect(sent.mock.calls).toEqual([args]);
    expect(sent.mock.contexts).toEqual([client]);
  });

  it.each<[name: string, value: unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'redis://127.0.0.1'],
    ['a function', (args: string[]) => Promise.resolve(args)],
    ['an empty object', {}],
    ['options', { sendCommand: () => Promise.resolve('OK') }],
    ['an object with call', { call: () => Promise.resolve('OK') }],
    ['createClient itself', createClient],
    ['a transaction of redis', redis().multi()],
    ['a client of redis with callbacks', redis().legacy()],
    ['a pool of redis', createClientPool()],
    ['a pipeline of ioredis', ioredis().pipeline()],
    ['a transaction of ioredis', ioredis().multi()],
    ['another store', new RedisReplayStore({ sendCommand: () => Promise.resolve('OK') })],
    ['a promise of a client', Promise.resolve(redis())],
  ])('throws a TypeError for %s', (_, value) => {
    const problem = new TypeError(
      "client: expected createClient(), createCluster() or createSentinel() of 'redis', or Redis or Cluster of 'ioredis'",
    );
    expect(() => RedisReplayStore.of(value as AnyRedisClient)).toThrow(problem);
  });

  it.each<[options: unknown, message: string]>([
    [{ prefix: 1 }, 'prefix: expected a text'],
    [{ timeout: 6 }, 'timeout: expected a number of seconds, more than 0 and not more than 5'],
    [{ maxPending: 0 }, 'maxPending: expected a whole number, 1 or more'],
    [
      { sendCommand: () => Promise.resolve('OK') },
      'sendCommand: no such option; there are prefix, timeout, maxPending, olderSignatures',
    ],
    [null, 'options: expected an object'],
  ])('throws a TypeError for the options %o', (options, message) => {
    const make = () => RedisReplayStore.of(redis(), options as RedisReplayStoreSettings);
    expect(make).toThrow(new TypeError(message));
  });

  it('passes the options to the store', async () => {
    const client = redis();
    const sent = vi.spyOn(client, 'sendCommand').mockResolvedValue(null);
    const store = RedisReplayStore.of(client, { prefix: 'orders:', olderSignatures: 'refuse' });
    expect(await store.reserve(SIGNATURE, 1000, new Date(Date.now() + 1000))).toBe(false);
    expect(sent.mock.calls[0]![0][1]).toBe(`orders:${SIGNATURE}`);
    await expect(store.reserve(SIGNATURE, 1000, new Date(0))).rejects.toThrow('a signature dated before');
  });

  it('rejects while the client is not connected', async () => {
    const closed = RedisReplayStore.of(redis()).reserve(SIGNATURE, 1000, new Date());
    await expect(closed).rejects.toThrow('Redis failed: The client is closed');
  });
});
