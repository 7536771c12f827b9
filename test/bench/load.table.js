import { ask, send, start } from './http.process.js';
import { medianOf, printTable } from './interleaved.js';
import { currentRequests } from './workloads.js';

const GUARDS = ['open', 'unguarded', 'floor', 'signature', 'jwt', 'throttler'];
/** Sets of fresh processes: one and the same application may be a tenth faster in one process than in the next. */
const SETS = 3;
const ROUNDS = 8;
/** Rounds before anything counts: compilers need them. */
const WARM_UP = 4;
/** Short turns, as what else a shared machine does may change from second to second. */
const LOAD = { connections: 64, seconds: 0.5 };

/** Prints requests per second under each guard, and processor time, beside those of an application without a guard. */
export async function loadTable() {
  const requests = currentRequests();
  const rows = [];
  for (const platform of ['express', 'fastify']) {
    const samples = requests.map(() => GUARDS.map(() => []));
    for (let set = 0; set < SETS; set++) {
      const apps = await Promise.all(GUARDS.map((guard) => start(platform, guard)));
      for (const [at, request] of requests.entries()) await measure(apps, request, samples[at]);
      for (const { child } of apps) child.disconnect();
    }
    for (const [at, request] of requests.entries()) rows.push(rowOf(`${platform} ${request.method}`, samples[at]));
  }
  printTable(
    [
      '',
      'open, requests/s',
      ...GUARDS.slice(1).map((guard) => `${guard}, × open`),
      ...GUARDS.slice(1).map((guard) => `${guard}, + µs CPU`),
    ],
    rows,
  );
}

async function measure(apps, request, samples) {
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [at, app] of apps.entries()) {
      const sample = await load(app, request);
      if (round >= 0) samples[at].push(sample);
    }
  }
}

function rowOf(name, [open, ...guarded]) {
  const againstOpen = (ratio) => guarded.map((each) => medianOf(each.map((one, round) => ratio(one, open[round]))));
  return [
    name,
    Math.round(medianOf(open.map(({ perSecond }) => perSecond))),
    ...againstOpen((one, other) => one.perSecond / other.perSecond).map((ratio) => ratio.toFixed(2)),
    ...againstOpen((one, other) => one.cpu - other.cpu).map((cpu) => cpu.toFixed(1)),
  ];
}

/** Requests per second, and the application's processor time for each in microseconds. */
async function load(app, request) {
  const before = await ask(app, 'cpu');
  const { total, perSecond } = await send(app, request, LOAD);
  return { perSecond, cpu: ((await ask(app, 'cpu')) - before) / total };
}
