/** Bodies under load, each measure with an application in a process of its own. Prints the tables of docs/guide/bodies.md. */
import { Agent } from 'node:http';
import { cpus } from 'node:os';
import { microsecondsPerChunk } from './account.js';
import { Attackers, type Attack } from './attackers.js';
import { setImmediate } from 'node:timers/promises';
import type { Figures } from './memory.js';
import * as mixed from './mixed-requests.js';
import { PassersBy } from './passers-by.js';
import { ServerProcess } from './server.process.js';
import * as slow from './slow-senders.js';
import { uploadUnsigned } from './unsigned-uploads.js';

const DEADLINE = 45 * 60_000; // milliseconds, for all of it; a quiet machine needs a fraction
const UPLOADS = [300_000_000, 1_000_000_000];
const WARM_UP = 5_000;
const MIXED = 100_000;

const failures: string[] = [];
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

function check(isRight: boolean, failure: string): void {
  if (!isRight) failures.push(failure);
}

function printRows(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  for (const row of [heads, heads.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`);
  console.log();
}

/** Measures with a server of its own; afterwards no body may hold anything. */
async function withServer<T>(
  platform: string,
  heldBytes: number,
  measure: (server: ServerProcess, idle: Figures) => Promise<T>,
): Promise<T> {
  const server = await ServerProcess.start(platform, heldBytes);
  const result = await measure(server, await server.ask('restart'));
  const end = await server.askUntil((figures) => figures.heldBytes === 0);
  check(end.heldBytes === 0, `${end.heldBytes} bytes are held at the end`);
  await server.stop();
  return result;
}

const SLOW: slow.Load = { senders: 500, piece: 64 * 1024, heldBytes: 64 * 2 ** 20, retries: true };
const FOUR_SECONDS: slow.Load = { senders: 160, piece: 125_000, heldBytes: 16 * 2 ** 20, retries: true };
const IDLE = { burst: 512 * 1024, trickle: 0 };
const FILL = { burst: 900_000, trickle: 512 };

const LOADS: readonly (readonly [name: string, load: slow.Load, attackers: string, attack?: Attack])[] = [
  ['500 × 128 KB/s, once', { ...SLOW, retries: false }, 'none'],
  ['500 × 128 KB/s', SLOW, 'none'],
  ['500 × 128 KB/s', SLOW, '100 idle', { ...IDLE, count: 100 }],
  ['160 × 250 KB/s', FOUR_SECONDS, 'none'],
  ['160 × 250 KB/s', FOUR_SECONDS, '40 idle', { ...IDLE, count: 40 }],
  ['160 × 250 KB/s', FOUR_SECONDS, '30 fill, trickle', { ...FILL, count: 30 }],
];

function measureSlow(platform: string, [name, load, attackersName, attack]: (typeof LOADS)[number]) {
  return withServer(platform, load.heldBytes, async (server, idle) => {
    const attackers = attack && new Attackers(server.port, attack);
    await attackers?.settled(server, load.heldBytes);
    const passersBy = new PassersBy(server.port);
    const outcome = await slow.sendAll(server.port, load);
    await passersBy.leave();
    const { peakRss, buffersAtPeak, peakHeldBytes } = await server.ask('figures');
    await attackers?.leave();
    const unexpected = [...outcome.unexpected, ...(attackers?.unexpected ?? [])];
    check(outcome.wronglyAccepted === 0, `${outcome.wronglyAccepted} altered bodies were accepted`);
    check(unexpected.length === 0, `Unexpected: ${[...new Set(unexpected)].join('; ')}`);
    return [
      `${name}, ${megabytes(load.heldBytes)}`,
      attackers ? `${attackersName}, sent away ${attackers.sentAway} times` : attackersName,
      outcome.served,
      outcome.sentAway,
      outcome.alteredRefused,
      outcome.wronglyAccepted,
      outcome.gaveUp,
      `${passersBy.served} of ${passersBy.sent}`,
      megabytes(peakHeldBytes),
      megabytes(peakRss - idle.rss),
      megabytes(buffersAtPeak),
      outcome.seconds.toFixed(1),
    ];
  });
}

async function slowSenders(platform: string): Promise<void> {
  const rows = [];
  for (const each of LOADS) rows.push(await measureSlow(platform, each));
  const answers = ['200', '503', 'altered: 401', 'altered: 200', 'gave up', 'small and fast'];
  printRows(
    ['senders of 1 MB, limit', 'attackers', ...answers, 'peak held', 'peak RSS over idle', 'buffers then', 'seconds'],
    rows,
  );
}

async function unsignedUploads(platform: string): Promise<void> {
  const rows = [];
  for (const bytes of UPLOADS) {
    rows.push(
      await withServer(platform, SLOW.heldBytes, async (server, idle) => {
        const { text } = await uploadUnsigned(server.port, bytes);
        check(text === String(bytes), `An upload of ${bytes} bytes was answered ${text}`);
        const { peakRss, peakHeldBytes } = await server.ask('figures');
        return [megabytes(bytes), megabytes(peakHeldBytes), megabytes(idle.rss), megabytes(peakRss - idle.rss)];
      }),
    );
  }
  printRows(['UNSIGNED-PAYLOAD of', 'peak held', 'idle RSS', 'peak RSS over idle'], rows);
}

/** The heap when nothing is under way. */
async function heapAfter(server: ServerProcess, count: number, surprises: mixed.Surprises): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: mixed.CONCURRENCY });
  await mixed.sendMixed(server.port, count, agent, surprises);
  agent.destroy();
  await server.askUntil(({ heldBytes }) => heldBytes === 0);
  return (await server.ask('restart')).heapUsed;
}

async function mixedRequests(platform: string): Promise<void> {
  await withServer(platform, mixed.HELD_BYTES, async (server) => {
    const surprises: mixed.Surprises = new Map();
    const before = await heapAfter(server, WARM_UP, surprises);
    const after = await heapAfter(server, MIXED, surprises);
    for (const [surprise, times] of surprises) failures.push(`${times} times ${surprise}`);
    const perRequest = (after - before) / MIXED;
    printRows(
      ['mixed requests', 'heap after warm-up', 'heap at the end', 'bytes a request'],
      [[MIXED, megabytes(before), megabytes(after), perRequest.toFixed(1)]],
    );
  });
}

/** No requests: what the account itself takes. */
async function account(): Promise<void> {
  const rows = [];
  for (const round of ['to warm up', 'first', 'second', 'third']) {
    await setImmediate();
    const [below, at] = [microsecondsPerChunk(false), microsecondsPerChunk(true)];
    if (round === 'to warm up') continue;
    check(at - below <= 5, `At the limit a chunk costs ${(at - below).toFixed(2)} µs more`);
    rows.push([round, below.toFixed(2), at.toFixed(2)]);
  }
  printRows(['10,000 waiters', 'µs a chunk below the limit', 'µs a chunk at the limit'], rows);
}

const MEASURES = new Map([
  ['account', account],
  ['slow', slowSenders],
  ['unsigned', unsignedUploads],
  ['mixed', mixedRequests],
]);

const [platform = 'express', ...names] = process.argv.slice(2);
if (!['express', 'fastify'].includes(platform) || names.some((name) => !MEASURES.has(name))) {
  console.error(`Usage: npm run bench:bodies -- [express | fastify] [${[...MEASURES.keys()].join(' | ')}]...`);
  process.exit(2);
}
setTimeout(() => {
  console.error('It took too long.');
  process.exit(1);
}, DEADLINE).unref();

console.log(`${platform}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}\n`);
for (const [name, measure] of MEASURES) if (names.length === 0 || names.includes(name)) await measure(platform);
for (const failure of failures) console.error(failure);
process.exitCode = failures.length ? 1 : 0;
