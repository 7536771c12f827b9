/**
 * `npm run simulate:overload -- [--seed S]`: senders who together need more memory than `heldBytes`, under the present
 * rule of who is sent away, and under others. A minute and a quarter of each scenario is played, without a network.
 */
import { parseArgs } from 'node:util';
import { play, type Rule, type Scenario } from './overload.js';
import { RULES, VARIATIONS } from './rules.js';
import { MIXTURES, UPLOADS } from './scenarios.js';
import { HONEST } from './senders.js';

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' } } });
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed)) throw new TypeError('--seed: expected a whole number');

function printRow(cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

function printTable(title: string, heads: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  console.log(`\n${title}\n`);
  for (const row of [heads, heads.map(() => '---'), ...rows]) printRow(row);
}

/** Served uploads, answers 503 to them; small and fast requests that were served; the end. */
function uploadRow(scenario: Scenario, rule: Rule): (string | number)[] {
  const { served, sentAway, seconds } = play(scenario, rule, seed);
  const [uploads, small, fast] = scenario.groups.map(({ count }, at) => `${served[at]} of ${count}`);
  return [scenario.name, rule.name, uploads!, sentAway[0]!, small!, fast!, seconds.toFixed(0)];
}

function mixtureRow(scenario: Scenario, rule: Rule): (string | number)[] {
  const { served } = play(scenario, rule, seed);
  return [scenario.name, rule.name, ...served.slice(0, Object.keys(HONEST).length)];
}

const rowsOf = (scenarios: readonly Scenario[], rules: readonly Rule[], row: typeof uploadRow) =>
  scenarios.flatMap((scenario) => rules.map((rule) => row(scenario, rule)));

const UPLOAD_HEADS = ['who sends', 'who goes', 'served', '503', 'small', 'fast', 'seconds'];
const MIXTURE_HEADS = ['beside', 'who goes', ...Object.values(HONEST).map(({ name }) => name)];

console.log(`Seed ${seed}`);
printTable('Uploads of 1 MB, small and fast requests beside them', UPLOAD_HEADS, rowsOf(UPLOADS, RULES, uploadRow));
printTable('Served of 30 of each honest kind, in 16 MiB', MIXTURE_HEADS, rowsOf(MIXTURES, RULES, mixtureRow));
printTable('Each constant halved and doubled', UPLOAD_HEADS, rowsOf(UPLOADS, VARIATIONS, uploadRow));
printTable('The same, of all kinds', MIXTURE_HEADS, rowsOf(MIXTURES, VARIATIONS, mixtureRow));
