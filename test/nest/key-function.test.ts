import { EventEmitter, once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApigSignatureModule, type Keys } from '../../src/index.js';
import { forward, KEY, SECRET } from '../support/gateway.js';
import { expectGuarded, startGuarded } from '../support/guarded-app.js';
import { send } from '../support/http-client.js';
import { platforms, type Platform } from '../support/platforms.js';
import { refusalReply, unauthorized } from '../support/refused-replies.js';

const unavailable = refusalReply(503, 'KEYS_UNAVAILABLE', 'Signing keys are unavailable.');
const ordinary: Record<string, unknown> = {};
const PROTOTYPE_NAME = 'constructor';
const NO_SECRET = 'keys() gave neither a non-empty string, nor a non-empty list of them';

const start = (platform: Platform, keys: unknown) =>
  startGuarded(platform, [ApigSignatureModule.forRoot({ keys: keys as Keys })]);

describe.each(platforms)('keys that are a function, on $name', (platform) => {
  it.each<[what: string, keys: (key: string) => unknown]>([
    ['a secret', (key) => (key === KEY ? SECRET : undefined)],
    ['the promise of one', (key) => Promise.resolve(key === KEY ? SECRET : null)],
    ['several', () => ['another secret', SECRET]],
  ])('answer %s', async (_, keys) => {
    const { port } = await start(platform, keys);
    await expectGuarded(port);
  });

  it.each<[what: string, keys: () => unknown]>([
    ['undefined', () => undefined],
    ['null', () => null],
    ['the promise of nothing', () => Promise.resolve()],
  ])('answer %s for an unknown key', async (_, keys) => {
    const { port, logger } = await start(platform, keys);
    expect(await send(port, forward())).toMatchObject(unauthorized('KEY_UNKNOWN'));
    expect(logger.troubles).toEqual([]);
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
  ])('answer no secret: %s', async (_, keys, reason) => {
    const { port, logger } = await start(platform, keys);
    expect(await send(port, forward())).toMatchObject(unavailable);
    expect(logger.troubles).toEqual([`error KEYS_UNAVAILABLE: ${reason} ApigSignature`]);
  });

  describe('never answer', () => {
    afterEach(() => void vi.useRealTimers());

    it('and the request is refused after 5 s', async () => {
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
