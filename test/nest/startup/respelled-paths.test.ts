import { expect, it } from 'vitest';
import { respelledPaths } from '../../fuzz/respelled-paths.js';
import { platforms } from '../../support/platforms.js';

it.each(platforms)(
  'on $name two spellings of a path reach one handler, or a start warns about the two',
  async (platform) => {
    const outcomes = await respelledPaths(platform, 25, 60, 1);
    // Else the tables would prove nothing.
    expect(outcomes['one handler']).toBeGreaterThan(300);
    expect(outcomes['a warning']).toBeGreaterThan(10);
  },
);
