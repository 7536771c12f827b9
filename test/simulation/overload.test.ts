import { describe, expect, it } from 'vitest';
import { play, type Outcome } from './overload.js';
import { present } from './rules.js';
import { MIXTURES, UPLOADS } from './scenarios.js';

/** Plays a scenario under the present rule. */
function outcomeOf(name: string): Outcome {
  const scenario = [...UPLOADS, ...MIXTURES].find((each) => each.name === name);
  if (!scenario) throw new Error(`No scenario ${name}`);
  return play(scenario, present('present'), 1);
}

describe('the rule for refused uploads', () => {
  it.each<[name: string, uploads: number, sentAway: number]>([
    ['500 slow', 500, 1500],
    ['500 slow beside 100 idle', 490, 1500],
    ['160 of 4 s', 160, 1000],
    ['160 of 4 s beside 40 idle', 152, 1000],
    ['160 of 4 s beside 30 that fill, then trickle', 152, 1000],
  ])('serves uploads that retry: %s', (name, uploads, sentAway) => {
    const outcome = outcomeOf(name);
    expect(outcome.served[0]).toBeGreaterThanOrEqual(uploads);
    expect(outcome.sentAway[0]).toBeLessThanOrEqual(sentAway);
    expect(outcome.served.slice(1, 3)).toEqual([300, 100]);
  });

  it('serves as many uploads without a retry as there is room for', () => {
    expect(outcomeOf('500 slow, once').served[0]).toBeGreaterThanOrEqual(63);
  });

  it('treats all honest senders fairly, without an attack and together with idle senders', () => {
    for (const name of ['nobody', '60: idle after 512 KB']) {
      for (const served of outcomeOf(name).served.slice(0, 9)) expect(served).toBeGreaterThanOrEqual(10);
    }
  });
});
