/**
 * `npm run fuzz -- --runs N [--seed S]`: every property in turn, until N cases are done or one does not hold.
 * `npm run fuzz -- --paths N [--seed S]`: N targets over random tables of routes, on both adapters.
 */
import { parseArgs } from 'node:util';
import * as agreement from './agreement.properties.js';
import * as noise from './noise.properties.js';
import { platforms } from '../support/platforms.js';
import type { Outcomes, Property } from './property.js';
import { respelledPaths } from './respelled-paths.js';
import * as signing from './signing.properties.js';

/** How many cases of a property in each round: more of those that find more. */
const ROUND: readonly (readonly [name: string, property: Property, numRuns: number])[] = [
  ['agreeOnSignable', agreement.agreeOnSignable, 4000],
  ['agreeOnOdd', agreement.agreeOnOdd, 8000],
  ['signedPasses', signing.signedPasses, 1000],
  ['signedMatches', signing.signedMatches, 1000],
  ['changedIsRefused', signing.changedIsRefused, 4000],
  ['respelledPasses', signing.respelledPasses, 500],
  ['noiseIsRefused', noise.noiseIsRefused, 500],
  ['signedNoiseIsJudged', noise.signedNoiseIsJudged, 250],
  ['noiseIsSignedOrNot', noise.noiseIsSignedOrNot, 250],
  ['noiseIsRead', noise.noiseIsRead, 500],
];

function readNumber(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new TypeError(`--${name}: expected a whole number`);
  return value;
}

function fuzz(runs: number, firstSeed: number): Map<string, Outcomes> {
  const totals = new Map(ROUND.map(([name]): [string, Outcomes] => [name, {}]));
  let left = runs;
  for (let seed = firstSeed; left > 0; seed++) {
    for (const [name, property, most] of ROUND) {
      const numRuns = Math.min(most, left);
      if (numRuns === 0) break;
      const total = totals.get(name)!;
      for (const [outcome, count] of Object.entries(runNamed(name, property, { numRuns, seed }))) {
        total[outcome] = (total[outcome] ?? 0) + count;
      }
      left -= numRuns;
    }
  }
  return totals;
}

function runNamed(name: string, property: Property, run: { numRuns: number; seed: number }): Outcomes {
  try {
    return property(run);
  } catch (error) {
    throw new Error(`${name} does not hold; again: npm run fuzz -- --runs 20000 --seed ${run.seed}`, { cause: error });
  }
}

/** Pairs of targets that are sent to one application. */
const PAIRS = 100;

async function fuzzPaths(targets: number, seed: number): Promise<Map<string, Outcomes>> {
  const totals = new Map<string, Outcomes>();
  for (const platform of platforms) {
    const tables = Math.ceil(targets / (2 * PAIRS * platforms.length));
    totals.set(`paths on ${platform.name}`, await respelledPaths(platform, tables, PAIRS, seed));
  }
  return totals;
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    paths: { type: 'string' },
    seed: { type: 'string' },
  },
});
const runs = readNumber(values.paths ?? values.runs, values.paths === undefined ? 'runs' : 'paths');
const seed = readNumber(values.seed ?? String(Math.floor(Math.random() * 2 ** 30)), 'seed');
console.log(`${runs} cases from seed ${seed}`);
const start = performance.now();
const totals = values.paths === undefined ? fuzz(runs, seed) : await fuzzPaths(runs, seed);
const seconds = (performance.now() - start) / 1000;
for (const [name, outcomes] of totals) console.log(name, outcomes);
console.log(`${runs} cases hold, ${seconds.toFixed(1)} s, ${Math.round(runs / seconds)} a second, seed ${seed}`);
