import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createVerifier, type ReplayStore, type VerifierOptions } from '../../../src/core/index.js';
import { received } from '../../../src/core/verify/received-request.js';
import { resolvePolicy } from '../../../src/core/verify/verifier.options.js';
import { refused } from '../../support/refusals.js';
import { draft, KEY, NOW, SECRET, signed, toWire, type DraftChanges } from '../../support/signed-request.js';

const passed = expect.objectContaining({ ok: true, key: KEY });
const replayed = refused('REPLAYED');

/** The reason is for the log: what the caller is told does not change with it. */
const unavailable = (reason: string) => ({
  ok: false,
  refusal: { code: 'REPLAY_STORE_UNAVAILABLE', message: 'Replay store is unavailable.', status: 503, reason },
});

const verifierWith = (options: Partial<VerifierOptions> = {}) =>
  createVerifier({ keys: { [KEY]: SECRET }, now: () => NOW, replayProtection: true, ...options });

/** A store that answers so, and remembers what it was asked. */
const storeOf = (answer: (...args: Parameters<ReplayStore['reserve']>) => unknown) =>
  vi.fn<ReplayStore['reserve']>(answer as ReplayStore['reserve']);

const signatureIn = (request: { headers: readonly (readonly [string, string])[] }) =>
  /Signature=(\w{64})$/.exec(request.headers.find(([name]) => name === 'Authorization')![1])![1]!;

describe('replayProtection', () => {
  it('refuses a request that was seen before, and accepts another', () => {
    const verifier = verifierWith();
    expect(verifier.verify(signed())).toEqual(passed);
    expect(verifier.verify(signed())).toEqual(replayed);
    expect(verifier.verify(signed({ target: '/other' }))).toEqual(passed);
  });

  it('accepts a request again if it is not set, and reserves nothing', () => {
    const reserve = storeOf(() => false);
    for (const replayProtection of [false, undefined]) {
      const verifier = verifierWith({ replayProtection, replayStore: { reserve } });
      expect([verifier.verify(signed()), verifier.verify(signed())]).toEqual([passed, passed]);
    }
    expect(reserve).not.toHaveBeenCalled();
  });

  it.each<[what: string, first: DraftChanges, second: DraftChanges]>([
    ['a final slash', { target: '/hello' }, { target: '/hello/' }],
    ['percent escapes', { target: '/a%2ab' }, { target: '/a*b' }],
    ['empty query pieces', { target: '/?a=b' }, { target: '/?&a=b&' }],
    ['the order of the query', { target: '/?a=b&c=d' }, { target: '/?c=d&a=b' }],
    ['the method’s case', { method: 'POST' }, { method: 'post' }],
  ])('recognises a request in another spelling: %s', (_, first, second) => {
    const [one, other] = [signed(first), signed(second)];
    expect(signatureIn(one)).toBe(signatureIn(other));
    const verifier = verifierWith();
    expect([verifier.verify(one), verifier.verify(other)]).toEqual([passed, replayed]);
  });

  it('recognises a request under another key with the same secret from a look-up', () => {
    const verifier = verifierWith({ keys: () => SECRET });
    expect(verifier.verify(signed())).toEqual(passed);
    expect(verifier.verify(signed({ key: 'other' }))).toEqual(replayed);
  });

  it('recognises a request in one verifier only, unless verifiers share a store', () => {
    const request = signed();
    expect([verifierWith().verify(request), verifierWith().verify(request)]).toEqual([passed, passed]);
    const shared = new Set<string>();
    const replayStore = { reserve: (signature: string) => shared.size < shared.add(signature).size };
    const verdicts = [1, 2].map(() => verifierWith({ replayStore }).verify(request));
    expect(verdicts).toEqual([passed, replayed]);
  });
});

describe('a reservation', () => {
  it.each([
    [900, 0, 960_000],
    [900, 900_000, 60_000],
    [900, -900_000, 1_860_000],
    [900, 0.25, 960_000],
    [900, 0.75, 960_000],
    [0.5, -500, 61_000],
    [0.0001, 0, 60_001],
  ])('with %d s of clockSkew, %d ms after the date, lasts for %d ms', async (clockSkew, age, lifetime) => {
    const reserve = storeOf(() => true);
    const verifier = verifierWith({ clockSkew, now: () => NOW + age, replayStore: { reserve } });
    expect(verifier.verify(signed())).toEqual(passed);
    expect(reserve.mock.calls).toEqual([[signatureIn(signed()), lifetime, new Date(NOW)]]);
  });

  it.each([0, 60_000, 899_999, 900_000])(
    'is still there when the signature comes again after %d ms, at both ends of the window',
    async (later) => {
      let clock = NOW;
      for (const start of [NOW - 900_000, NOW]) {
        clock = start;
        const verifier = verifierWith({ now: () => clock });
        expect(verifier.verify(signed())).toEqual(passed);
        clock = start + later;
        expect(verifier.verify(signed())).toEqual(replayed);
      }
    },
  );

  it.each([
    ['in time', 900_000, passed],
    ['too late', 900_001, refused('SIGNATURE_EXPIRED')],
    ['by a clock that stopped', NaN, refused('SIGNATURE_EXPIRED')],
  ])('is made when the body has arrived, and only within the window: %s', async (_, age, verdict) => {
    let clock = NOW;
    const reserve = storeOf(() => true);
    const { body, ...request } = signed({ method: 'POST', body: Buffer.from('late') });
    const verifier = verifierWith({ now: () => clock, replayStore: { reserve } });
    const pending = verifier.verify({
      ...request,
      body: async () => {
        clock = NOW + age;
        return (await import('node:crypto')).createHash('sha256').update(body!).digest('hex');
      },
    });
    expect(await pending).toEqual(verdict);
    expect(reserve.mock.calls.map(([, lifetime]) => lifetime)).toEqual(verdict === passed ? [60_000] : []);
  });

  it('is made once for a request, even if several policies judge it', async () => {
    for (const wrap of [(answer: boolean) => answer, async (answer: boolean) => Promise.resolve(answer)]) {
      for (const answer of [true, false]) {
        const reserve = storeOf(() => wrap(answer));
        const verification = verifierWith({ replayStore: { reserve } }).open(received(signed()), undefined);
        const judge = () => verification.judge(resolvePolicy({ replayProtection: true }));
        const verdict = answer ? passed : replayed;
        expect(await Promise.all([judge(), judge()])).toEqual([verdict, verdict]);
        expect(await judge()).toEqual(verdict);
        expect(reserve).toHaveBeenCalledOnce();
      }
    }
  });

  it('is made by the first policy that asks for it, and not by a policy that refuses', () => {
    const reserve = storeOf(() => true);
    const verification = verifierWith({ replayStore: { reserve } }).open(received(signed()), undefined);
    expect(verification.judge(resolvePolicy({}))).toEqual(passed);
    const strict = resolvePolicy({ replayProtection: true, requiredSignedHeaders: ['x-absent'] });
    expect(verification.judge(strict)).toEqual(refused('HEADER_NOT_SIGNED', 'x-absent'));
    expect(reserve).not.toHaveBeenCalled();
    expect(verification.judge(resolvePolicy({ replayProtection: true }))).toEqual(passed);
    expect(verification.judge(strict)).toEqual(refused('HEADER_NOT_SIGNED', 'x-absent'));
    expect(reserve).toHaveBeenCalledOnce();
  });

  it('is not made for a wrong signature', () => {
    const verifier = verifierWith();
    expect(verifier.verify({ ...signed(), method: 'PUT' })).toEqual(refused('SIGNATURE_MISMATCH'));
    expect(verifier.verify(signed())).toEqual(passed);
  });
});

describe('a store that fails', () => {
  const NEITHER = 'replayStore answered neither true nor false';
  const down = new Error('down');

  it.each<[what: string, answer: () => unknown, reason: string]>([
    ['throws', () => thrown(down), 'replayStore failed: down'],
    ['rejects', () => Promise.reject(down), 'replayStore failed: down'],
    ['throws a text', () => thrown('down'), 'replayStore failed: down'],
    ['throws nothing', () => thrown(undefined), 'replayStore failed: undefined'],
    [
      'throws what has no text',
      () => thrown(Object.create(null)),
      'replayStore failed: with something that has no text',
    ],
    ['is a thenable that fails', () => ({ then: () => thrown(down) }), 'replayStore failed: down'],
    [
      'has a then that cannot be read',
      () => Object.defineProperty({}, 'then', { get: () => thrown(down) }),
      'replayStore failed: down',
    ],
    ...[undefined, null, 1, 0, 'OK', '', {}, [true]].flatMap((answer): [string, () => unknown, string][] => [
      [`answers ${JSON.stringify(answer)}`, () => answer, NEITHER],
      [`promises ${JSON.stringify(answer)}`, () => Promise.resolve(answer), NEITHER],
    ]),
  ])('%s', async (_, answer, reason) => {
    const reserve = storeOf(answer);
    const verification = verifierWith({ replayStore: { reserve } }).open(received(signed()), undefined);
    const judge = () => verification.judge(resolvePolicy({ replayProtection: true }));
    expect(await judge()).toEqual(unavailable(reason));
    expect(await judge()).toEqual(unavailable(reason));
    expect(reserve).toHaveBeenCalledOnce();
    expect(await verification.judge(resolvePolicy({}))).toEqual(passed);
  });

  it('is not asked without replayProtection', () => {
    const replayStore = { reserve: storeOf(() => thrown(down)) };
    expect(verifierWith({ replayStore, replayProtection: false }).verify(signed())).toEqual(passed);
  });

  it('calls reserve() as a method of the store', () => {
    const replayStore = {
      seen: new Set<string>(),
      reserve(signature: string) {
        return this.seen.size < this.seen.add(signature).size;
      },
    };
    const verifier = verifierWith({ replayStore });
    expect([verifier.verify(signed()), verifier.verify(signed())]).toEqual([passed, replayed]);
  });

  describe('that is slow', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it('is waited for 5 s, and its later answer is ignored', async () => {
      let answer: ((isFirst: boolean) => void) | undefined;
      const reserve = storeOf(() => new Promise((resolve) => (answer = resolve)));
      const settled = vi.fn();
      const verdict = Promise.resolve(verifierWith({ replayStore: { reserve } }).verify(signed())).finally(settled);
      await vi.advanceTimersByTimeAsync(4999);
      expect(settled).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(await verdict).toEqual(unavailable('replayStore gave no answer in 5 s'));
      answer!(true);
      expect(await verdict).toMatchObject({ ok: false });
      expect(vi.getTimerCount()).toBe(0);
    });

    it('leaves no timer after an answer in time', async () => {
      const verifier = verifierWith({ replayStore: { reserve: async () => Promise.resolve(true) } });
      expect(await verifier.verify(signed())).toEqual(passed);
      expect(vi.getTimerCount()).toBe(0);
    });
  });
});

describe('a verdict with replayProtection', () => {
  it('is not a promise if the store answers at once', () => {
    expect(verifierWith().verify(signed())).toEqual(passed);
    expect(verifierWith({ replayStore: { reserve: () => true } }).verify(signed())).toEqual(passed);
  });

  it('is a promise if the store answers later', async () => {
    const verdict = verifierWith({ replayStore: { reserve: async () => Promise.resolve(true) } }).verify(signed());
    expect(verdict).toBeInstanceOf(Promise);
    expect(await verdict).toEqual(passed);
  });

  it('passes once in many tries at the same moment', async () => {
    const seen = new Set<string>();
    const replayStore: ReplayStore = {
      reserve: async (signature) => (await Promise.resolve(), seen.size < seen.add(signature).size),
    };
    const verifier = verifierWith({ replayStore });
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => verifier.verify(toWire(draft()))));
    expect(verdicts.filter(({ ok }) => ok)).toHaveLength(1);
    expect(verdicts.filter(({ ok }) => !ok)).toEqual(Array(49).fill(replayed));
  });
});

function thrown(problem: unknown): never {
  throw problem;
}
