import { BaseSequencer } from 'vitest/node';
import { testsIn } from './shared.vitest.config.js';

/** Each takes seconds, where others take tenths of one. */
const SLOW = /\/(vectors|secrets-unseen|lingering-close|hostile|held-bytes|explain\.causes|startup\.keys)\.test\.ts$/;

/** The slow ones last: the first test that fails is the last one that a mutant meets. */
class QuickFirst extends BaseSequencer {
  async sort(files) {
    const rank = ({ moduleId }) => Number(SLOW.test(moduleId));
    return files.sort((one, other) => rank(one) - rank(other) || (one.moduleId < other.moduleId ? -1 : 1));
  }
}

const { test } = testsIn('nest');

export default {
  test: {
    ...test,
    // Processes of its own run what was built, which is not mutated; what else it tests is of the core.
    exclude: ['test/nest/replay.redis.test.ts'],
    // One process loads Nest once, and not once more for each of fifty files: a mutant has a run of its own anyway.
    isolate: false,
    sequence: { sequencer: QuickFirst },
  },
};
