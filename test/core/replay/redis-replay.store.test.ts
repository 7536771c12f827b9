import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createVerifier, RedisReplayStore, type RedisReplayStoreOptions } from '../../../src/core/index.js';
import { KEY, NOW, SECRET, signed } from '../../support/signed-request.js';

const SIGNATURE = 'ab'.repeat(32);

/** A store whose Redis answers so. */
function storeWith(reply: () => unknown, options: Partial<RedisReplayStoreOptions> = {}) {
  const sendCommand = vi.fn((_args: string[]) => reply() as Promise<unknown>);
  const store = new RedisReplayStore({ sendCommand, ...options });
  return { sendCommand, reserve: (date = new Date()) => store.reserve(SIGNATURE, 960_000, date), store };
}

describe('RedisReplayStore', () => {
  it.each([
    [undefined, 'apig-signature:'],
    ['orders:', 'orders:'],
    ['', ''],
  ])('sends one command, with the prefix %j', async (prefix, begin) => {
    const { sendCommand, reserve } = storeWith(() => Promise.resolve('OK'), { prefix });
    expect(await reserve()).toBe(true);
    expect(sendCommand.mock.calls).toEqual([[['SET', begin + SIGNATURE, '1', 'NX', 'PX', '960000']]]);
  });

  it('takes OK for the first time, and nothing for any other', async () => {
    expect(await storeWith(() => Promise.resolve('OK')).reserve()).toBe(true);
    expect(await storeWith(() => Promise.resolve(null)).reserve()).toBe(false);
  });

  it.each<[what: string, reply: unknown]>([
    ['undefined', undefined],
    ['another text', 'QUEUED'],
    ['OK in another case', 'ok'],
    ['an empty text', ''],
    ['bytes', Buffer.from('OK')],
    ['a number', 1],
    ['true', true],
    ['false', false],
    ['a list', ['OK']],
    ['an object', {}],
  ])('takes nothing else: %s', async (_, reply) => {
    const problem = new Error('Redis failed: its reply to SET was neither OK nor nothing');
    await expect(storeWith(() => Promise.resolve(reply)).reserve()).rejects.toThrow(problem);
    await expect(storeWith(() => reply).reserve()).rejects.toThrow(problem);
  });

  it('rejects when the client does, or throws', async () => {
    const down = new Error('down');
    const problem = new Error('Redis failed: down');
    await expect(storeWith(() => Promise.reject(down)).reserve()).rejects.toThrow(problem);
    const throwing = () => {
      throw down;
    };
    await expect(storeWith(throwing).reserve()).rejects.toThrow(problem);
  });

  it('tells a verifier that it is unavailable, with the reason for the log', async () => {
    const { store } = storeWith(() =>
      Promise.reject(new Error("OOM command not allowed when used memory > 'maxmemory'.")),
    );
    const options = { keys: { [KEY]: SECRET }, now: () => NOW, replayProtection: true, replayStore: store };
    expect(await createVerifier(options).verify(signed())).toEqual({
      ok: false,
      refusal: {
        code: 'REPLAY_STORE_UNAVAILABLE',
        message: 'Replay store is unavailable.',
        status: 503,
        reason: "replayStore failed: Redis failed: OOM command not allowed when used memory > 'maxmemory'.",
      },
    });
  });

  describe('waits', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it.each([
      [undefined, 1000, '1 s'],
      [0.25, 250, '0.25 s'],
      [5, 5000, '5 s'],
    ])('%s s, and no longer', async (timeout, milliseconds, words) => {
      const settled = vi.fn();
      const { reserve } = storeWith(() => new Promise(() => undefined), { timeout });
      const answer = reserve();
      void answer.catch(settled);
      await vi.advanceTimersByTimeAsync(milliseconds - 1);
      expect(settled).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await expect(answer).rejects.toThrow(new Error(`Redis gave no answer in ${words}`));
    });

    it('and hears no answer after that', async () => {
      let late: { resolve: (reply: string) => void; reject: (problem: Error) => void };
      const { reserve } = storeWith(() => new Promise((resolve, reject) => (late = { resolve, reject })));
      for (const end of ['resolve', 'reject'] as const) {
        const answer = reserve();
        const rejected = expect(answer).rejects.toThrow(new Error('Redis gave no answer in 1 s'));
        await vi.advanceTimersByTimeAsync(1000);
        await rejected;
        if (end === 'resolve') late!.resolve('OK');
        else late!.reject(new Error('too late'));
      }
      expect(vi.getTimerCount()).toBe(0);
    });
  });

  it('refuses what is dated before its birth, if asked to, and sends nothing', async () => {
    const birth = vi.spyOn(Date, 'now').mockReturnValue(NOW);
    const reply = () => Promise.resolve('OK');
    const [refusing, accepting] = [storeWith(reply, { olderSignatures: 'refuse' }), storeWith(reply)];
    birth.mockRestore();
    await expect(refusing.reserve(new Date(NOW - 1))).rejects.toThrow(
      new Error('a signature dated before 2026-01-15T09:30:45.000Z, since when the store remembers'),
    );
    expect(refusing.sendCommand).not.toHaveBeenCalled();
    expect(await refusing.reserve(new Date(NOW))).toBe(true);
    expect(await accepting.reserve(new Date(NOW - 1))).toBe(true);
  });

  const COMMAND = 'sendCommand: expected a function that sends a command to Redis';
  const TIMEOUT = 'timeout: expected a number of seconds, more than 0 and not more than 5';

  it.each<[options: unknown, message: string]>([
    [{}, COMMAND],
    [{ sendCommand: undefined }, COMMAND],
    [{ sendCommand: null }, COMMAND],
    [{ sendCommand: { call: () => 'OK' } }, COMMAND],
    ...[0, -1, NaN, Infinity, 5.001, '1', null].map((timeout): [unknown, string] => [{ timeout }, TIMEOUT]),
    [{ prefix: 1 }, 'prefix: expected a text'],
    [{ prefix: null }, 'prefix: expected a text'],
    [{ olderSignatures: false }, "olderSignatures: expected 'accept' or 'refuse'"],
    [{ client: {} }, 'client: no such option; there are sendCommand, prefix, timeout, olderSignatures'],
    [null, 'options: expected an object'],
    [undefined, 'options: expected an object'],
  ])('throws for wrong options: %o', (options, message) => {
    const complete =
      options && message !== COMMAND ? { sendCommand: () => Promise.resolve('OK'), ...options } : options;
    expect(() => new RedisReplayStore(complete as RedisReplayStoreOptions)).toThrow(new TypeError(message));
  });
});
