import { measure } from 'mitata';
import { medianOf } from './table.js';

export { machine, medianOf, printTable } from './table.js';

/** Milliseconds before anything counts: compilers need them, on a busy machine more. */
const WARM_UP = 400;

/**
 * Measures contestants, a little of each in turn, so that what else the machine does falls on all of them alike. Each
 * is `{ name, fresh, run }`: `fresh` makes an input outside the measured time, and `run` gets each input once. Gives,
 * by name, how long each takes in nanoseconds, and the ratio to the first one: medians over the rounds.
 */
export async function interleave(contestants, { rounds = 60, milliseconds = 6 } = {}) {
  const times = contestants.map(() => []);
  for (const contestant of contestants) await fastestBatch(contestant, WARM_UP);
  for (let round = 0; round < rounds; round++) {
    for (const [at, contestant] of contestants.entries()) times[at].push(await fastestBatch(contestant, milliseconds));
  }
  const [first] = times;
  return new Map(
    contestants.map(({ name }, at) => [
      name,
      { time: medianOf(times[at]), ratio: medianOf(times[at].map((time, round) => time / first[round])) },
    ]),
  );
}

/** Of a few batches the one that the machine disturbed least; per call. */
async function fastestBatch({ fresh, run }, milliseconds) {
  const options = { gc: false, min_cpu_time: milliseconds * 1e6, min_samples: 5, batch_samples: 64 };
  const generator = function* () {
    yield { [0]: fresh, bench: run };
  };
  return (await measure(generator, options)).min;
}
