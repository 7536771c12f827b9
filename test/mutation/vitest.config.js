import process from 'node:process';
import { BaseSequencer } from 'vitest/node';

const tests = process.env.MUTATION_TESTS.split(' ');

/** In the order of the room: the first test that fails is the last one that a mutant meets. */
class AsListed extends BaseSequencer {
  async sort(files) {
    const place = ({ moduleId }) => tests.findIndex((test) => moduleId.endsWith(test));
    return files.sort((one, other) => place(one) - place(other));
  }
}

export default {
  test: {
    include: tests,
    setupFiles: process.env.MUTATION_PROPERTIES === 'whole' ? [] : ['test/mutation/short-properties.js'],
    // What a file imports is loaded once for all of them: a mutant has a process of its own anyway.
    isolate: false,
    sequence: { sequencer: AsListed },
    testTimeout: 15_000,
    hookTimeout: 30_000,
  },
};
