import { EventEmitter, once } from 'node:events';
import { Agent } from 'node:http';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ApigSignatureModule, type ApigSignatureOptions, type Keys } from '../../../src/index.js';
import { forward, KEY, SECRET } from '../../support/gateway.js';
import { expectGuarded, startGuarded } from '../../support/guarded-app.js';
import { send } from '../../support/http-client.js';
import { platforms, type Platform } from '../../support/platforms.js';
import { refusalReply, unauthorized } from '../../support/refused-replies.js';
import { watchNames } from '../../support/retained-names.js';

const unavailable = refusalReply(503, 'KEYS_UNAVAILABLE', 'Signing keys are unavailable.');
const ordinary: Record<string, unknown> = {};
const PROTOTYPE_NAME = 'constructor';
const NO_SECRET = 'keys() gave neither a non-empty string, nor a non-empty list of them';

const start = (platform: Platform, keys: unknown, options: ApigSignatureOptions = {}) =>
  startGuarded(platform, [ApigSignatureModule.forRoot({ keys: keys as Keys, ...options })]);

describe.each(platforms)('a key function, on $name', (platform) => {
  it.each<[what: string, keys: (key: string) => unknown]>([
    ['a secret', (key) => (key === KEY ? SECRET : undefined)],
    ['the promise of one', (key) => Promise.resolve(key === KEY ? SECRET : null)],
    ['several', () => ['another secret', SECRET]],
  ])('may give %s', async (_, keys) => {
    const { port } = await start(platform, keys);
    await expectGuarded(port);
  });

  it.each<[what: string, keys: () => unknown]>([
    ['undefined', () => undefined],
    ['null', () => null],
    ['the promise of nothing', () => Promise.resolve()],
  ])('may give %s for an unknown key', async (_, keys) => {
    const { port, logger } = await start(platform, keys);
    expect(await send(port, forward())).toMatchObject(unauthorized('KEY_UNKNOWN'));
    expect(logger.troubles).toEqual([]);
  });

  it('causes one line in the log if it fails, for any number of requests', async () => {
    const { port, logger } = await start(platform, () => '');
    for (let times = 0; times < 3; times++) expect((await send(port, forward())).status).toBe(503);
    expect(logger.troubles).toEqual([`error KEYS_UNAVAILABLE: ${NO_SECRET} ApigSignature`]);
  });

  it.each<[what: string, keys: (key: string) => unknown, reason: string]>([
    ["''", () => '', NO_SECRET],
    ['the promise of an empty text', () => Promise.resolve(''), NO_SECRET],
    ['a function', () => () => SECRET, NO_SECRET],
    ['what an object has of its prototype', () => ordinary[PROTOTYPE_NAME], NO_SECRET],
    ['a number', () => 1, NO_SECRET],
    ['the promise of a number', () => Promise.resolve(0), NO_SECRET],
    ['an object', () => ({ secret: SECRET }), NO_SECRET],
    ['an empty list', () => [], NO_SECRET],
    ['a list with an empty text', () => [SECRET, ''], NO_SECRET],
    [
      'a throw',
      () => {
        throw new Error('vault sealed');
      },
      'keys() failed: vault sealed',
    ],
    ['a rejection', () => Promise.reject(new Error('vault sealed')), 'keys() failed: vault sealed'],
  ])('fails if it gives %s', async (_, keys, reason) => {
    const { port, logger } = await start(platform, keys);
    expect(await send(port, forward())).toMatchObject(unavailable);
    expect(logger.troubles).toEqual([`error KEYS_UNAVAILABLE: ${reason} ApigSignature`]);
  });

  it('is called once for requests that come during its look-up', async () => {
    const events = new EventEmitter();
    const keys = vi.fn(async (_key: string) => (await once(events, 'answer'), SECRET));
    let opened = 0;
    // The clock is read right before the key is looked up.
    const now = () => {
      if (++opened === 21) events.emit('all are there');
      return Date.now();
    };
    const { port } = await start(platform, keys, { now });
    const allAreThere = once(events, 'all are there');
    const replies = Array.from({ length: 21 }, (_, at) => send(port, forward({}, { key: at === 10 ? 'other' : KEY })));
    await allAreThere;
    events.emit('answer');
    expect(await Promise.all(replies)).toMatchObject(Array(21).fill({ status: 200, text: 'passed' }));
    expect(keys.mock.calls.map(([key]) => key).sort()).toEqual(['other', KEY]);
  });

  it('leaves no unknown name in memory', async () => {
    const retained = watchNames((name) => name.startsWith('stranger'));
    const { port } = await start(platform, async () => Promise.resolve(undefined));
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    for (let at = 0; at < 500; at++) {
      const reply = await send(port, forward({}, { key: `stranger${at}` }), agent);
      expect(reply).toMatchObject(unauthorized('KEY_UNKNOWN'));
    }
    expect(retained()).toBe(0);
  });

  describe('that never answers', () => {
    afterEach(() => void vi.useRealTimers());

    it('refuses the request after 5 s', async () => {
      // No timer but ours is moved: sockets have theirs inside Node.
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const asked = new EventEmitter();
      const { port, logger } = await start(platform, (key: string) => {
        asked.emit('asked', key);
        return new Promise(() => undefined);
      });
      const isAsked = once(asked, 'asked');
      const reply = send(port, forward());
      expect(await isAsked).toEqual([KEY]);
      await vi.advanceTimersByTimeAsync(5000);
      expect(await reply).toMatchObject(unavailable);
      expect(logger.troubles).toEqual(['error KEYS_UNAVAILABLE: keys() gave no answer in 5 s ApigSignature']);
    });
  });
});
