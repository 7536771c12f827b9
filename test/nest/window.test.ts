import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catchAll } from '../support/catch-all.js';
import { forward, KEYS } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { platforms, start, type RunningApp } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

const DATE = Date.UTC(2026, 0, 15, 9, 30, 45);
const request = forward({ target: '/hello' }, { date: DATE });

const WINDOWS: readonly (readonly [clockSkew: number | undefined, passing: number[], expired: number[]])[] = [
  [undefined, [0, 900, -900], [900.001, 901, -900.001, -901, NaN, Infinity, -Infinity]],
  [60, [0, 60, -60], [61, -61, 900, NaN]],
  [0.001, [0, 0.001], [0.002, 1, -1, NaN]],
  [3600, [901, -901, 3600, -3600], [3601, -3601, NaN]],
];

describe.each(platforms)('$name', (platform) => {
  describe.each(WINDOWS)('a clockSkew of %s', (clockSkew, passing, expired) => {
    let clock: number;
    let running: RunningApp;

    beforeAll(async () => {
      running = await start(platform, catchAll({ keys: KEYS, clockSkew, now: () => clock }));
    });

    afterAll(() => running.app.close());

    it.each(passing)('lets a request pass that is %d s old', async (age) => {
      clock = DATE + age * 1000;
      expect(await send(running.port, request)).toMatchObject({ status: 200 });
    });

    it.each(expired)('refuses a request that is %d s old', async (age) => {
      clock = DATE + age * 1000;
      expect(await send(running.port, request)).toMatchObject(unauthorized('SIGNATURE_EXPIRED'));
    });
  });

  describe('without options', () => {
    let running: RunningApp;

    beforeAll(async () => {
      running = await start(platform, catchAll({ keys: KEYS }));
    });

    afterAll(() => running.app.close());

    // Half a minute away from the edges, so that the machine's speed does not matter.
    it.each([0, 870, -870])("a request %d s old by the system's clock passes", async (age) => {
      const date = Date.now() - age * 1000;
      expect(await send(running.port, forward({}, { date }))).toMatchObject({ status: 200 });
    });

    it.each([930, -930])("a request %d s old by the system's clock is refused", async (age) => {
      const date = Date.now() - age * 1000;
      expect(await send(running.port, forward({}, { date }))).toMatchObject(unauthorized('SIGNATURE_EXPIRED'));
    });
  });
});
