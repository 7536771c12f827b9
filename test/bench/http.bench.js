import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import console from 'node:console';
import { once } from 'node:events';
import { fileURLToPath, URL } from 'node:url';
import autocannon from 'autocannon';
import { machine, medianOf, printTable } from './interleaved.js';
import { currentRequests } from './workloads.js';

const GUARDS = ['open', 'tap', 'floor', 'signature', 'jwt', 'throttler'];
/** Sets of fresh processes: one and the same application may be a tenth faster in one process than in the next. */
const SETS = 3;
const ROUNDS = 8;
/** Rounds before anything counts: compilers need them. */
const WARM_UP = 4;
/** Short turns, as what else a shared machine does may change from second to second. */
const SECONDS = 0.5;
const LOAD = { connections: 64, duration: SECONDS, sampleInt: 1000 * SECONDS };

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

console.log(machine());
printTable(
  [
    '',
    'open, requests/s',
    ...GUARDS.slice(1).map((guard) => `${guard}, × open`),
    ...GUARDS.slice(1).map((guard) => `${guard}, + µs CPU`),
  ],
  rows,
);

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

async function start(platform, guard) {
  const child = fork(fileURLToPath(new URL('http.app.js', import.meta.url)), [platform, guard]);
  const [{ port, token }] = await once(child, 'message');
  return { child, port, token };
}

/** Requests per second, and the application's processor time for each in microseconds. */
async function load({ child, port, token }, { method, target, headers, body }) {
  const sent = headers.map(([name, value]) => [name, name === 'Authorization' && token ? `Bearer ${token}` : value]);
  const before = await cpuOf(child);
  const result = await autocannon({
    ...LOAD,
    url: `http://127.0.0.1:${port}${target}`,
    method,
    headers: Object.fromEntries(sent),
    body,
  });
  const cpu = (await cpuOf(child)) - before;
  assert.deepEqual([result.non2xx, result.errors, result.timeouts], [0, 0, 0]);
  const seconds = (result.finish - result.start) / 1000;
  return { perSecond: result.requests.total / seconds, cpu: cpu / result.requests.total };
}

async function cpuOf(child) {
  child.send('cpu');
  const [{ cpu }] = await once(child, 'message');
  return cpu;
}
