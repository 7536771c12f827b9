/**
 * `npm run hostile -- --runs N [--seed S] [--deadline MILLISECONDS]`: half of the requests for each adapter. Ends
 * with an error if one goes wrong; a machine that is busy with other things may need a later deadline than 1000.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { broken, cutShort, hugeBody, hugeHead, noise } from './broken.arbitrary.js';
import { faultOf, type HostileRequest } from './hostile-request.js';
import { RawClient } from './raw-client.js';
import type { ServerReport } from './server.process.js';
import { changed, honest, oddly, parsers, targets } from './structured.arbitrary.js';

const CONNECTIONS = 8;
const ROUND = 250;
const MEBIBYTE = 2 ** 20;
/** What memory may grow by from the first quarter of the requests to their end. */
const GROWTH = 16 * MEBIBYTE;
/** Faults after which there is nothing more to learn. */
const ENOUGH = 5;

const requests = fc.oneof(
  { weight: 20, arbitrary: honest },
  { weight: 24, arbitrary: oddly },
  { weight: 8, arbitrary: targets },
  { weight: 12, arbitrary: changed },
  { weight: 8, arbitrary: parsers },
  { weight: 16, arbitrary: broken },
  { weight: 4, arbitrary: noise },
  { weight: 4, arbitrary: cutShort },
  { weight: 3, arbitrary: hugeHead },
  { weight: 1, arbitrary: hugeBody },
);

/** What came of the requests to one server. */
class Tally {
  readonly faults: string[] = [];
  readonly #counts = new Map<string, number>();
  #slowest = 0;

  add(request: HostileRequest, answer: string, fault: string | undefined, milliseconds: number): void {
    const key = `${request.kind}: ${answer}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    this.#slowest = Math.max(this.#slowest, milliseconds);
    const bytes = JSON.stringify(request.exchange.bytes.subarray(0, 600).toString('latin1'));
    if (fault) this.faults.push(`${request.kind}, expected ${request.expected}: ${fault}\n${bytes}`);
  }

  toString(): string {
    const counts = [...this.#counts].sort().map(([key, count]) => `  ${key} ${count}`);
    return [...counts, `  slowest answer: ${Math.round(this.#slowest)} ms`].join('\n');
  }
}

/** The next report of a process. Rejects if it ends instead. */
async function reportOf(server: ChildProcess): Promise<ServerReport> {
  const ended = new AbortController();
  const end = () => ended.abort(new Error('The process ended.'));
  server.once('exit', end);
  const [report] = (await once(server, 'message', { signal: ended.signal })) as [ServerReport];
  server.off('exit', end);
  return report;
}

function askFor(server: ChildProcess): Promise<ServerReport> {
  server.send('report');
  return reportOf(server);
}

async function sendAll(port: number, batch: readonly HostileRequest[], tally: Tally): Promise<void> {
  const queue = batch.values();
  const work = async () => {
    const client = new RawClient(port, deadline);
    for (const request of queue) {
      const start = performance.now();
      const answer = await client.exchange(request.exchange);
      const fault = faultOf(request, answer);
      tally.add(
        request,
        answer.kind === 'reply' ? String(answer.status) : answer.kind,
        fault,
        performance.now() - start,
      );
    }
    client.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
}

/** Sends so many requests to an application on a platform. Gives back what was wrong. */
async function attack(platform: string, count: number, seed: number): Promise<string[]> {
  const server = fork(new URL('server.process.js', import.meta.url), [platform], { execArgv: ['--expose-gc'] });
  const exit = once(server, 'exit');
  const { port } = await reportOf(server);
  const tally = new Tally();
  const memory: ServerReport[] = [];
  const start = performance.now();
  for (let sent = 0; sent < count && tally.faults.length < ENOUGH; sent += ROUND) {
    const numRuns = Math.min(ROUND, count - sent);
    await sendAll(port, fc.sample(requests, { numRuns, seed: seed + sent / ROUND }), tally);
    // A quarter warms up.
    if (sent + numRuns >= count * ((memory.length + 1) / 4)) memory.push(await askFor(server));
  }
  const seconds = (performance.now() - start) / 1000;
  const last = await askFor(server);
  server.disconnect();
  const [exitCode] = (await exit) as [number | null];

  const growth = last.used - (memory[0] ?? last).used;
  const inMebibytes = (bytes: number) => (bytes / MEBIBYTE).toFixed(1);
  console.log(
    `${platform}: ${count} requests, ${seconds.toFixed(0)} s, ${Math.round(count / seconds)} a second\n${tally.toString()}`,
  );
  console.log(`  memory in use, MiB: ${memory.map(({ used }) => inMebibytes(used)).join(', ')}`);
  console.log(`  memory resident, MiB: ${memory.map(({ resident }) => inMebibytes(resident)).join(', ')}`);
  return [
    ...tally.faults,
    ...last.unhandled.map((reason) => `unhandled: ${reason}`),
    ...(growth <= GROWTH ? [] : [`memory grew by ${inMebibytes(growth)} MiB`]),
    ...(exitCode === 0 ? [] : [`the process ended with ${exitCode}`]),
  ].map((fault) => `${platform}: ${fault}`);
}

function readNumber(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new TypeError(`--${name}: expected a whole number`);
  return value;
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string' },
    deadline: { type: 'string', default: '1000' },
  },
});
const deadline = readNumber(values.deadline, 'deadline');
const count = readNumber(values.runs, 'runs');
const seed = readNumber(values.seed ?? String(Math.floor(Math.random() * 2 ** 30)), 'seed');
console.log(`${count} requests from seed ${seed}`);
const faults = [
  ...(await attack('express', Math.ceil(count / 2), seed)),
  ...(await attack('fastify', Math.floor(count / 2), seed)),
];
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? 'Each answer was right.' : `${faults.length} faults, seed ${seed}`);
process.exitCode = faults.length === 0 ? 0 : 1;
