/**
 * `npm run soak -- [--runs 20000] [--seed S]`: half of the requests for each adapter, to one process that explains,
 * remembers signatures and behaves in every way. Ends with an error if an answer is wrong, or if heap, held bytes,
 * sockets or timers grow.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { RawClient, type Answer, type Exchange } from '../hostile/raw-client.js';
import { BEHAVIOURS, LARGE, requestTo } from '../support/behaving.controller.js';
import { altered, forward } from '../support/gateway.js';
import { toBytes, type RequestToSend } from '../support/http-client.js';
import type { Rest } from './server.process.js';

const CONNECTIONS = 8;
const DEADLINE = 20_000;
const TENTHS = 10;
const MEBIBYTE = 2 ** 20;
/** What the heap of the last three tenths may have more than that of the second to the fourth. The first warms up. */
const GROWTH = 8 * MEBIBYTE;

interface Kind {
  readonly name: string;
  readonly request: (query: string) => RequestToSend;
  /** Statuses of its answer; `closed` where the handler or the client ends the connection. */
  readonly right: readonly (number | Answer['kind'])[];
}

const SIZES = [1, 20_000, LARGE];
/** Multer stops with 413. What destroys a request ends its connection before it is answered, or just after. */
const RIGHT = [200, 201];
const rightOf = (behaviour: string) =>
  behaviour.includes('never answers')
    ? ['closed' as const]
    : /destroys|leaves an async iterator|pipes/.test(behaviour)
      ? [...RIGHT, 'closed' as const]
      : behaviour.includes('form')
        ? [...RIGHT, 413]
        : RIGHT;

const behaving = BEHAVIOURS.flatMap((name) =>
  SIZES.map((bytes): Kind => ({ name, request: (query) => requestTo(name, bytes, query), right: rightOf(name) })),
);
const echo = (query: string, body?: Buffer) =>
  forward({ method: body ? 'POST' : 'GET', target: `/echo${query}`, body });
const plain: Kind = { name: 'without a body', request: (query) => echo(query), right: [200] };
const changed = SIZES.map((bytes): Kind => ({
  name: 'changed on the way',
  request: (query) => altered(echo(query, Buffer.alloc(bytes))),
  right: [401],
}));
/** The last request without a body that was answered with 200. */
let passed: RequestToSend | undefined;
const repeated: Kind = {
  name: 'sent again',
  request: (query) => passed ?? echo(query),
  right: [401],
};

const visits = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...behaving) },
    { weight: 2, arbitrary: fc.constant(plain) },
    { weight: 1, arbitrary: fc.constantFrom(...changed) },
    { weight: 1, arbitrary: fc.constant(repeated) },
  ),
  afterwards: fc.constantFrom<Exchange['afterwards']>('keep', 'keep', 'keep', 'end', 'destroy'),
});

interface Slowest {
  readonly milliseconds: number;
  readonly kind: string;
}

class Visitors {
  readonly faults: string[] = [];
  slowest: Slowest = { milliseconds: 0, kind: 'none' };
  readonly #port: number;
  #sent = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** Sends so many requests, and leaves. */
  async visit(numRuns: number, seed: number): Promise<void> {
    const queue = fc.sample(visits, { numRuns, seed }).values();
    const work = async () => {
      const client = new RawClient(this.#port, DEADLINE);
      for (const each of queue) await this.#send(client, each);
      client.close();
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  }

  async #send(client: RawClient, { kind, afterwards }: { kind: Kind; afterwards: Exchange['afterwards'] }) {
    const isFirst = kind === repeated && !passed;
    const request = kind.request(`?n=${this.#sent++}`);
    const bytes = toBytes(request);
    const isUnanswered = kind.right[0] === 'closed' && afterwards === 'keep';
    const start = performance.now();
    const exchange = { bytes, isHead: false, afterwards: isUnanswered ? ('end if waiting' as const) : afterwards };
    const answer = await client.exchange(exchange);
    const milliseconds = performance.now() - start;
    if (milliseconds > this.slowest.milliseconds) this.slowest = { milliseconds, kind: kind.name };
    const got = answer.kind === 'reply' ? answer.status : answer.kind;
    if (kind === plain && got === 200) passed = request;
    // Who ends or destroys its connection may get no answer.
    const isRight = kind.right.includes(got) || (afterwards !== 'keep' && got === 'closed') || (isFirst && got === 200);
    if (!isRight) this.faults.push(`${kind.name}, ${afterwards}: ${got}, expected ${kind.right.join(' or ')}`);
  }
}

async function restOf(server: ChildProcess): Promise<Rest> {
  const [rest] = (await once(server, 'message', { signal: AbortSignal.timeout(60_000) })) as [Rest];
  return rest;
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

/** What grew from the second, third and fourth tenth to the last three. */
function growthIn(rests: readonly Rest[]): string[] {
  const heaps = rests.map(({ heap }) => heap);
  const growth = mean(heaps.slice(-3)) - mean(heaps.slice(1, 4));
  const last = rests.at(-1)!;
  const left = (['heldBytes', 'waitingRequests', 'sockets'] as const).filter((what) => last[what] > 0);
  return [
    ...(growth > GROWTH ? [`the heap grew by ${(growth / MEBIBYTE).toFixed(1)} MiB`] : []),
    ...left.map((what) => `${last[what]} ${what} are left`),
    ...(last.timers > rests[0]!.timers ? [`${last.timers} timers are left, ${rests[0]!.timers} at first`] : []),
    ...last.unhandled.map((reason) => `unhandled: ${reason}`),
  ];
}

async function soak(platform: string, count: number, seed: number): Promise<string[]> {
  const server = fork(new URL('server.process.js', import.meta.url), [platform], { execArgv: ['--expose-gc'] });
  const exit = once(server, 'exit');
  passed = undefined;
  const visitors = new Visitors((await restOf(server)).port);
  const rests: Rest[] = [];
  const start = performance.now();
  for (let tenth = 0; tenth < TENTHS; tenth++) {
    await visitors.visit(Math.ceil(count / TENTHS), seed + tenth);
    server.send('rest');
    const rest = await restOf(server);
    rests.push(rest);
    const { heap, heldBytes, waitingRequests, sockets, timers } = rest;
    const figures = `${heldBytes} bytes held, ${waitingRequests} waiting, ${sockets} sockets, ${timers} timers`;
    console.log(`${platform} ${tenth + 1}/${TENTHS}: heap ${(heap / MEBIBYTE).toFixed(1)} MiB, ${figures}`);
  }
  const seconds = (performance.now() - start) / 1000;
  const { milliseconds, kind } = visitors.slowest;
  console.log(
    `${platform}: ${count} requests, ${seconds.toFixed(0)} s; slowest ${milliseconds.toFixed(0)} ms: ${kind}`,
  );
  server.disconnect();
  const [exitCode] = (await exit) as [number | null];
  const faults = [...visitors.faults, ...growthIn(rests)];
  return exitCode === 0 ? faults : [...faults, `the process ended with ${exitCode}`];
}

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string' } } });
const [runs, seed] = [Number(values.runs), Number(values.seed ?? Math.floor(Math.random() * 2 ** 30))];
if (!(runs >= 20) || !Number.isSafeInteger(seed)) throw new TypeError('--runs: expected 20 or more; --seed: a number');
console.log(`${runs} requests from seed ${seed}`);
let isRight = true;
for (const platform of ['express', 'fastify']) {
  const faults = await soak(platform, Math.ceil(runs / 2), seed);
  for (const fault of faults.slice(0, 20)) console.error(`${platform}: ${fault}`);
  isRight &&= faults.length === 0;
}
console.log(isRight ? 'All was right, and nothing grew.' : `Not right, seed ${seed}`);
process.exitCode = isRight ? 0 : 1;
