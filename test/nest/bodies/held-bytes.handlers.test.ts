import fc from 'fast-check';
import { describe, it } from 'vitest';
import { BEHAVIOURS, LARGE } from '../../support/behaving.controller.js';
import { untilNothingIsHeld } from '../../support/held-bytes.js';
import type { RunningApp } from '../../support/platforms.js';
import { WAYS, type Upload } from '../../support/uploads.js';

describe.each(WAYS)('the bytes that a verified body holds, $name,', (way) => {
  /** Sends all at the same time, and waits until nothing is held of them. */
  async function sendAll(running: RunningApp, uploads: readonly Upload[]): Promise<void> {
    const leaves = await Promise.all(uploads.map((each) => way.send(running, each)));
    // One that is never answered holds its bytes until its client leaves.
    for (const [at, { behaviour }] of uploads.entries()) if (behaviour === 'never answers') leaves[at]!();
    await untilNothingIsHeld(running.app);
    for (const leave of leaves) leave();
  }

  it.each([...BEHAVIOURS])('are released if the handler %s', async (behaviour) => {
    const running = await way.start();
    for (const ending of way.endings) {
      for (const sent of ending.endsWith('at once') ? [0.5, 1] : [1]) {
        await sendAll(running, [{ behaviour, ending, bytes: LARGE, isChunked: false, sent, turns: 1 }]);
      }
    }
  });

  it('are released after any mix of handlers and clients', async () => {
    const running = await way.start();
    const upload = fc.record({
      behaviour: fc.constantFrom(...BEHAVIOURS),
      bytes: fc.constantFrom(1, 20_000, LARGE),
      isChunked: fc.boolean(),
      ending: fc.constantFrom(...way.endings),
      sent: fc.constantFrom(0, 0.1, 0.5, 0.9, 1),
      turns: fc.nat(30),
    });
    const uploads = fc.array(upload, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(uploads, (all) => sendAll(running, all)),
      { numRuns: 40 },
    );
  });
});
