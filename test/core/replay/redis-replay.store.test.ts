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

  it('takes OK for the first time, and null for any other', async () => {
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
  ])('accepts no other reply: %s', async (_, reply) => {
    const problem = new Error('Redis failed: unexpected reply to SET: neither OK nor null');
    await expect(storeWith(() => Promise.resolve(reply)).reserve()).rejects.toThrow(problem);
    await expect(storeWith(() => reply).reserve()).rejects.toThrow(problem);
  });

  it('rejects when the client rejects or throws', async () => {
    const down = new Error('down');
    const problem = new Error('Redis failed: down');
    await expect(storeWith(() => Promise.reject(down)).reserve()).rejects.toThrow(problem);
    const throwing = () => {
      throw down;
    };
    await expect(storeWith(throwing).reserve()).rejects.toThrow(problem);
  });

  it('is unavailable to a verifier, with the reason for the log', async () => {
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

  describe('waits for a reply', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it.each([
      [undefined, 1000, '1 s'],
      [0.25, 250, '0.25 s'],
      [5, 5000, '5 s'],
    ])('for %s s at most', async (timeout, milliseconds, words) => {
      const settled = vi.fn();
      const { reserve } = storeWith(() => new Promise(() => undefined), { timeout });
      const answer = reserve();
      void answer.catch(settled);
      await vi.advanceTimersByTimeAsync(milliseconds - 1);
      expect(settled).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await expect(answer).rejects.toThrow(new Error(`Redis gave no answer in ${words}`));
    });

    it('and ignores a reply after that', async () => {
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

  describe("limits the commands in the client's queue:", () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    /** A Redis that answers when the test says so. */
    function hanging(options: Partial<RedisReplayStoreOptions> = {}) {
      const queue: { resolve: (reply: unknown) => void; reject: (problem: Error) => void }[] = [];
      const reply = () => new Promise((resolve, reject) => queue.push({ resolve, reject }));
      const { reserve } = storeWith(reply, { maxPending: 3, ...options });
      const outcome = () => reserve().then(String, (problem: unknown) => (problem as Error).message);
      return { queue, outcome };
    }
    const FULL = 'Redis failed: 3 commands wait for a reply';
    const SILENT = 'Redis gave no answer in 1 s';

    it('refuses at once, without a command, when the allowed number waits', async () => {
      const { queue, outcome } = hanging();
      const waiting = [outcome(), outcome(), outcome()];
      expect(await Promise.all([outcome(), outcome()])).toEqual([FULL, FULL]);
      expect(queue).toHaveLength(3);
      for (const { resolve } of queue) resolve('OK');
      expect(await Promise.all(waiting)).toEqual(['true', 'true', 'true']);
      void outcome();
      expect(queue).toHaveLength(4);
    });

    it('counts a command until the client settles it, even if nobody waits any more', async () => {
      const { queue, outcome } = hanging();
      const waiting = [outcome(), outcome(), outcome()];
      await vi.advanceTimersByTimeAsync(1000);
      expect(await Promise.all(waiting)).toEqual([SILENT, SILENT, SILENT]);
      void outcome(); // one a second is sent, to hear whether Redis is back
      expect(queue).toHaveLength(4);
      expect(await Promise.all([outcome(), outcome()])).toEqual([FULL.replace('3', '4'), FULL.replace('3', '4')]);
      expect(queue).toHaveLength(4);
      queue[0]!.reject(new Error('connection lost'));
      queue[1]!.reject(new Error('connection lost'));
      await vi.advanceTimersByTimeAsync(0);
      void outcome();
      expect(queue).toHaveLength(5);
    });

    it('sends one command a second while Redis hangs for a minute', async () => {
      const { queue, outcome } = hanging();
      for (let millisecond = 0; millisecond < 60_000; millisecond += 100) {
        void outcome();
        await vi.advanceTimersByTimeAsync(100);
      }
      expect(queue.length).toBeGreaterThan(50);
      expect(queue.length).toBeLessThan(70);
    });

    it('works again after a client has lost commands that it never settles', async () => {
      const { queue, outcome } = hanging();
      for (let lost = 0; lost < 3; lost++) void outcome();
      await vi.advanceTimersByTimeAsync(6000);
      const probe = outcome();
      expect(await outcome()).toBe(FULL.replace('3', '4'));
      queue[3]!.resolve('OK');
      expect(await probe).toBe('true');
      const next = [outcome(), outcome(), outcome()];
      expect(await outcome()).toBe(FULL);
      for (const { resolve } of queue.slice(4)) resolve(null);
      expect(await Promise.all(next)).toEqual(['false', 'false', 'false']);
    });

    it('keeps its count for five seconds after any answer', async () => {
      await vi.advanceTimersByTimeAsync(3000);
      const { queue, outcome } = hanging();
      for (let sent = 0; sent < 3; sent++) void outcome();
      await vi.advanceTimersByTimeAsync(5000);
      queue[0]!.resolve('OK');
      await vi.advanceTimersByTimeAsync(0);
      for (let sent = 0; sent < 2; sent++) void outcome();
      expect(queue).toHaveLength(4);
    });

    it('does not treat an error that comes at once as a sign that Redis is back', async () => {
      const { queue, outcome } = hanging();
      for (let lost = 0; lost < 3; lost++) void outcome();
      await vi.advanceTimersByTimeAsync(6000);
      const probe = outcome();
      queue[3]!.reject(new Error('offline'));
      expect(await probe).toBe('Redis failed: offline');
      expect(await outcome()).toBe(FULL);
      expect(queue).toHaveLength(4);
    });

    it('lets 10,000 commands wait by default', async () => {
      const { queue, outcome } = hanging({ maxPending: undefined });
      for (let number = 0; number < 10_000; number++) void outcome();
      expect(await outcome()).toBe('Redis failed: 10000 commands wait for a reply');
      expect(queue).toHaveLength(10_000);
    });
  });

  it('subscribes once to a thenable, which may send its command only then', async () => {
    const then = vi.fn((resolve: (reply: string) => void) => resolve('OK'));
    expect(await storeWith(() => ({ then })).reserve()).toBe(true);
    expect(then).toHaveBeenCalledOnce();
  });

  it("refuses signatures dated before it was made, with olderSignatures 'refuse', and sends nothing", async () => {
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
    ...[0, -1, 1.5, NaN, Infinity, '1', null].map((maxPending): [unknown, string] => [
      { maxPending },
      'maxPending: expected a whole number, 1 or more',
    ]),
    [{ prefix: 1 }, 'prefix: expected a text'],
    [{ prefix: null }, 'prefix: expected a text'],
    [{ olderSignatures: false }, "olderSignatures: expected 'accept' or 'refuse'"],
    [{ client: {} }, 'client: no such option; there are sendCommand, prefix, timeout, maxPending, olderSignatures'],
    [null, 'options: expected an object'],
    [undefined, 'options: expected an object'],
  ])('throws for wrong options: %o', (options, message) => {
    const complete =
      options && message !== COMMAND ? { sendCommand: () => Promise.resolve('OK'), ...options } : options;
    expect(() => new RedisReplayStore(complete as RedisReplayStoreOptions)).toThrow(new TypeError(message));
  });
});
