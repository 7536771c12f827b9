import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVerifier, MemoryReplayStore, type MemoryReplayStoreOptions } from '../../../src/core/index.js';
import { KEY, NOW, SECRET, signed } from '../../support/signed-request.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const DATE = new Date(NOW);
const MINUTE = 60_000;

/** The signature of a number. */
const signatureOf = (number: number) => number.toString(16).padStart(64, '0');

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A store whose clock the test moves. */
function storeWith(options: MemoryReplayStoreOptions = {}, start = NOW) {
  const clock = { now: start };
  const store = new MemoryReplayStore({ now: () => clock.now, ...options });
  return {
    clock,
    store,
    reserve: (number: number, lifetime = MINUTE) => store.reserve(signatureOf(number), lifetime, DATE),
  };
}

describe('MemoryReplayStore', () => {
  it('says once for each signature that it is new', () => {
    const { store, reserve } = storeWith();
    expect([reserve(1), reserve(1), reserve(2), reserve(1), reserve(2)]).toEqual([true, false, true, false, false]);
    expect(store.size).toBe(2);
  });

  it('keeps a signature until its time is over, and drops it within a minute after', () => {
    const { clock, store, reserve } = storeWith();
    reserve(1, 90_000);
    clock.now = NOW + 89_999;
    expect(reserve(1)).toBe(false);
    clock.now = NOW + 90_000 + MINUTE;
    expect(store.size).toBe(0);
    expect(reserve(1)).toBe(true);
  });

  it('drops nothing while its clock gives no time', () => {
    const { clock, store, reserve } = storeWith();
    expect(reserve(1)).toBe(true);
    clock.now = NaN;
    expect(store.size).toBe(1);
    expect(() => reserve(1)).toThrow('cannot keep a signature');
    clock.now = NOW;
    expect(reserve(1)).toBe(false);
  });

  it('reserves equally fast when entries leave at many times and when all leave at once', () => {
    const [batch, batches] = [200, 400];
    const signatures = Array.from({ length: batch * batches }, (_, number) => sha256(String(number)));
    const timesOf = (spread: number) => {
      const { store } = storeWith();
      return (begin: number) => {
        const start = process.hrtime.bigint();
        for (let number = begin; number < begin + batch; number++) {
          const isFirst = store.reserve(signatures[number]!, 16 * MINUTE + (number % 31) * spread, DATE);
          if (!isFirst) throw new Error(`${number} is new`);
        }
        return Number(process.hrtime.bigint() - start);
      };
    };
    const [atOnce, spreadOut] = [timesOf(0), timesOf(MINUTE)];
    const times = Array.from(
      { length: batches },
      (_, turn) => [atOnce(turn * batch), spreadOut(turn * batch)] as const,
    );
    const median = (which: 0 | 1) => times.map((each) => each[which]).toSorted((a, b) => a - b)[batches / 2]!;
    expect(median(1) / median(0)).toBeLessThan(2); // 2.8 if each of 31 periods is searched
  });

  it('refuses every signature when it is full, and accepts again when others have left', () => {
    const { clock, store, reserve } = storeWith({ maxEntries: 2 });
    const full = new Error('the memory store is full, with 2 signatures');
    expect([reserve(1), reserve(2, 10 * MINUTE)]).toEqual([true, true]);
    expect(() => reserve(3)).toThrow(full);
    expect(reserve(1)).toBe(false);
    expect(store.size).toBe(2);
    clock.now += 2 * MINUTE;
    expect([reserve(3), reserve(2)]).toEqual([true, false]);
    expect(() => reserve(4)).toThrow(full);
  });

  it('is unavailable to a verifier when it is full', () => {
    const replayStore = new MemoryReplayStore({ maxEntries: 1 });
    const verifier = createVerifier({ keys: { [KEY]: SECRET }, now: () => NOW, replayProtection: true, replayStore });
    expect(verifier.verify(signed())).toMatchObject({ ok: true });
    expect(verifier.verify(signed({ target: '/2' }))).toEqual({
      ok: false,
      refusal: {
        code: 'REPLAY_STORE_UNAVAILABLE',
        message: 'Replay store is unavailable.',
        status: 503,
        reason: 'replayStore failed: the memory store is full, with 1 signatures',
      },
    });
  });

  it('holds a million signatures within bounds, and drops all of them', () => {
    const { clock, store, reserve } = storeWith();
    const fullAt = 1_000_000;
    for (let number = 0; number < fullAt; number++) {
      clock.now = NOW + Math.floor(number / 1042); // as fast as they leave, if each stays for 16 minutes
      if (!reserve(number, 16 * MINUTE)) throw new Error(`${number} came for the first time`);
    }
    expect(store.size).toBe(fullAt);
    expect(() => reserve(fullAt, 16 * MINUTE)).toThrow(new Error('the memory store is full, with 1000000 signatures'));
    expect([0, 1, fullAt / 2, fullAt - 1].map((number) => reserve(number))).toEqual([false, false, false, false]);
    clock.now += 17 * MINUTE;
    expect(store.size).toBe(0);
    expect(reserve(0)).toBe(true);
  }, 120_000);

  it('stays within bounds under endless traffic with any dates', () => {
    const { clock, store, reserve } = storeWith({ maxEntries: 5000 });
    const sizes: number[] = [];
    for (let number = 0; number < 50_000; number++) {
      clock.now += 500;
      if (!reserve(number, MINUTE + ((number * 7919) % (30 * MINUTE)))) throw new Error(`${number} is new`);
      if (number % 1000 === 999) sizes.push(store.size);
    }
    // 120 a minute, each kept for 1 to 31 minutes and one more.
    const settled = sizes.slice(4);
    expect(Math.max(...settled)).toBeLessThan(32 * 120);
    expect(Math.min(...settled)).toBeGreaterThan(8 * 120);
  });

  it('keeps nothing of the header that a signature is a part of', () => {
    const { store } = storeWith();
    const heap = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = heap();
    for (let number = 0; number < 20_000; number++) {
      const header = `Signature=${sha256(String(number))}${' '.repeat(4000)}${number}`;
      store.reserve(header.slice(10, 74), MINUTE, DATE);
    }
    const bytesPerEntry = (heap() - before) / store.size;
    expect(bytesPerEntry).toBeLessThan(150); // 4,200 with their headers
    expect(store.size).toBe(20_000);
  });

  it.each([
    ['by its clock', 0, false],
    ['a millisecond before', -1, true],
    ['no date', NaN, true],
  ])("refuses signatures dated before it was made, with olderSignatures 'refuse': %s", (_, offset, refuses) => {
    const reserveIn = (options: MemoryReplayStoreOptions) => () =>
      storeWith(options).store.reserve(signatureOf(1), MINUTE, new Date(NOW + offset));
    if (refuses) {
      expect(reserveIn({ olderSignatures: 'refuse' })).toThrow(
        new Error('a signature dated before 2026-01-15T09:30:45.000Z, since when the store remembers'),
      );
    } else expect(reserveIn({ olderSignatures: 'refuse' })()).toBe(true);
    expect(reserveIn({ olderSignatures: 'accept' })()).toBe(true);
    expect(reserveIn({})()).toBe(true);
  });

  it("refuses signatures that passed before a restart, with olderSignatures 'refuse'", () => {
    let clock = NOW;
    const restarted = () => {
      const now = () => clock;
      const replayStore = new MemoryReplayStore({ olderSignatures: 'refuse', now });
      return createVerifier({ keys: { [KEY]: SECRET }, now, replayProtection: true, replayStore });
    };
    expect(restarted().verify(signed())).toMatchObject({ ok: true });
    clock += 1000;
    expect(restarted().verify(signed())).toMatchObject({ ok: false, refusal: { code: 'REPLAY_STORE_UNAVAILABLE' } });
    expect(restarted().verify(signed({ date: '20260115T093046Z' }))).toMatchObject({ ok: true });
  });

  it.each([
    '',
    '0',
    signatureOf(1).slice(1),
    `${signatureOf(1)}0`,
    'G'.repeat(64),
    'AB'.repeat(32),
    `${signatureOf(1)}\n`,
  ])('throws for %j in place of a signature', (signature) => {
    const { store } = storeWith();
    const expected = new TypeError('signature: expected 64 lower-case hex digits');
    expect(() => store.reserve(signature, MINUTE, DATE)).toThrow(expected);
    expect(store.size).toBe(0);
  });

  it.each([
    [NOW, 0],
    [NOW, -1],
    [NOW, NaN],
    [NaN, MINUTE],
    [Infinity, MINUTE],
  ])('throws at the time %d for a lifetime of %d ms', (start, lifetime) => {
    const { reserve } = storeWith({}, start);
    const expected = new Error(`cannot keep a signature for ${lifetime} ms from ${start} on`);
    expect(() => reserve(1, lifetime)).toThrow(expected);
  });

  it.each<[options: unknown, message: string]>([
    ...[0, -1, 1.5, NaN, Infinity, '1000', null, 2 ** 24 + 1].map((maxEntries): [unknown, string] => [
      { maxEntries },
      'maxEntries: expected a whole number, 1 to 16777216',
    ]),
    [{ olderSignatures: true }, "olderSignatures: expected 'accept' or 'refuse'"],
    [{ now: NOW }, 'now: expected a function'],
    [{ max: 1 }, 'max: no such option; there are maxEntries, olderSignatures, now'],
    [null, 'options: expected an object'],
  ])('throws for wrong options: %o', (options, message) => {
    expect(() => new MemoryReplayStore(options as MemoryReplayStoreOptions)).toThrow(new TypeError(message));
  });

  it.each([{}, { maxEntries: 1 }, { maxEntries: 2 ** 24 }, { maxEntries: undefined, now: undefined }])(
    "accepts the options %o, and uses the system's clock by default",
    (options) => {
      const store = new MemoryReplayStore(options);
      const reserve = () => store.reserve(signatureOf(1), MINUTE, new Date());
      expect([reserve(), reserve(), store.size]).toEqual([true, false, 1]);
    },
  );

  it('shows no signature', () => {
    const { store, reserve } = storeWith();
    reserve(1);
    expect(inspect(store, { depth: 10, showHidden: true }) + JSON.stringify(store)).not.toMatch(/\\x01|0001/);
  });

  it('gives the same answers as a plain map, except in the minute after', () => {
    const step = fc.record({
      number: fc.nat(8),
      lifetime: fc.integer({ min: 1, max: 5 * MINUTE }),
      wait: fc.oneof(fc.constant(0), fc.nat(2 * MINUTE)),
    });
    const property = fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      (steps, maxEntries) => {
        const { clock, store, reserve } = storeWith({ maxEntries });
        const ends = new Map<number, number>();
        for (const { number, lifetime, wait } of steps) {
          clock.now += wait;
          const [mustStay, mayStay] = [0, MINUTE].map(
            (late) => new Set([...ends].filter(([, end]) => clock.now < end + late).map(([each]) => each)),
          ) as [Set<number>, Set<number>];
          const sizeBefore = store.size;
          expect(sizeBefore).toBeGreaterThanOrEqual(mustStay.size);
          expect(sizeBefore).toBeLessThanOrEqual(mayStay.size);
          const answer = attempt(() => reserve(number, lifetime));
          if (mustStay.has(number)) expect(answer).toBe(false);
          else if (!mayStay.has(number)) expect(answer).toBe(sizeBefore < maxEntries ? true : undefined);
          if (answer) ends.set(number, clock.now + lifetime);
          expect(store.size).toBe(sizeBefore + (answer ? 1 : 0));
        }
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

/** What it answers; nothing if the store is full. */
function attempt(reserve: () => boolean): boolean | undefined {
  try {
    return reserve();
  } catch (error) {
    expect(String(error)).toContain('the memory store is full');
    return undefined;
  }
}
