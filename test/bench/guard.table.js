import { ask, send, start } from './http.process.js';
import { medianOf, printTable } from './interleaved.js';
import { currentRequests } from './workloads.js';

/** Fresh processes for each row: compilers do not come to the same end in each. */
const PROCESSES = 3;
const ROUNDS = 8;
const CONNECTIONS = 16;
/** Requests before anything counts: compilers need them, however slow the machine is. */
const WARM_UP = 20_000;
/** Requests of a round. */
const AMOUNT = 2000;

/**
 * Prints the time of the guard in a running application as a multiple of the floor: the cryptography alone, for the same
 * request and in the same process (see guard-times.js). What else the machine does falls on both alike.
 */
export async function guardTable(platforms = ['express', 'fastify']) {
  const requests = currentRequests();
  const rows = [];
  for (const platform of platforms) {
    const samples = requests.map(() => []);
    for (let process = 0; process < PROCESSES; process++) {
      const app = await start(platform, 'timed');
      for (const [at, request] of requests.entries()) samples[at].push(...(await measure(app, request)));
      app.child.disconnect();
    }
    for (const [at, request] of requests.entries()) rows.push(rowOf(`${platform} ${request.method}`, samples[at]));
  }
  printTable(['', 'guard ÷ floor', 'lowest to highest', 'arrival ÷ floor', 'floor, µs'], rows);
}

async function measure(app, request) {
  const samples = [];
  await send(app, request, { connections: CONNECTIONS, amount: WARM_UP });
  await ask(app, 'times');
  for (let round = 0; round < ROUNDS; round++) {
    await send(app, request, { connections: CONNECTIONS, amount: AMOUNT });
    samples.push(summary(await ask(app, 'times')));
  }
  return samples;
}

/** The sum of both orders: whoever comes second finds the processor's caches as the first one left them. */
function summary(orders) {
  const sum = (part) => orders.reduce((total, order) => total + medianOf(order.map((times) => times[part])), 0);
  const floor = sum('floor');
  return { guard: sum('guard') / floor, arrival: sum('arrival') / floor, floor: (1000 * floor) / orders.length };
}

function rowOf(name, samples) {
  const ofAll = (part) => samples.map((sample) => sample[part]);
  const guard = ofAll('guard');
  const [least, most] = [Math.min(...guard), Math.max(...guard)];
  return [
    name,
    medianOf(guard).toFixed(2),
    `${least.toFixed(2)} to ${most.toFixed(2)}`,
    medianOf(ofAll('arrival')).toFixed(2),
    medianOf(ofAll('floor')).toFixed(2),
  ];
}
