/**
 * `npm run load -- [--runs 10000] [--seed S]`: the built `apig-sign gateway` before a guarded application on each
 * adapter, each a process of its own. Ends with an error if one request is not verified, or if the gateway ends, leaks
 * connections or takes more than 256 MB.
 */
import assert from 'node:assert/strict';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { KEY, KEYS } from '../support/gateway.js';
import { send, type Reply, type RequestToSend } from '../support/http-client.js';

const CONNECTIONS = 500;
const MEBIBYTE = 2 ** 20;
/** Bodies that are signed are in memory, of many requests at a time. */
const MOST_MEMORY = 256e6;
const HOST = ['Host', 'localhost'] as const;
const GET: RequestToSend = { method: 'GET', target: '/', headers: [HOST] };

const word = fc.string({
  unit: fc.constantFrom('a', 'B', '7', '-', '.', '~', '%20', '%C3%A9', '+', '@', ':', '!', '('),
});
const target = fc
  .tuple(fc.array(word, { maxLength: 4 }), fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), word), { maxLength: 5 }))
  .map(
    ([path, query]) => `/x${path.join('/')}${query.length ? '?' : ''}${query.map((pair) => pair.join('=')).join('&')}`,
  );
const header = fc.tuple(
  fc.constantFrom('X-A', 'x-b', 'Cookie', 'Accept', 'User-Agent', 'X-Forwarded-For', 'Authorization'),
  fc.string({ unit: fc.constantFrom('a', ' ', ';', '=', ',', '\xe9'), maxLength: 20 }).map((text) => `v${text}v`),
);
const size = fc.oneof(fc.constantFrom(0, 1, 1000), fc.nat(200_000));
const body = fc.tuple(size, fc.constantFrom('none', 'length', 'chunked')).map(([length, framing]) => {
  const bytes = Buffer.alloc(length, 'body');
  return framing === 'none'
    ? undefined
    : framing === 'length'
      ? bytes
      : [bytes.subarray(0, length / 3), bytes.subarray(length / 3)];
});
const mixed: fc.Arbitrary<RequestToSend> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
    target,
    headers: fc.array(header, { maxLength: 6 }),
    body,
  })
  .map(({ method, headers, body, ...others }) => {
    const type = body && method !== 'HEAD' ? [['Content-Type', 'application/octet-stream'] as const] : [];
    return { ...others, method, headers: [HOST, ...type, ...headers], body: method === 'HEAD' ? undefined : body };
  });

interface Program {
  readonly child: ChildProcess;
  readonly port: number;
}

async function startBackend(platform: string, port = 0): Promise<Program> {
  const child = fork(new URL('backend.process.js', import.meta.url), [platform, String(port)]);
  const [actual] = (await once(child, 'message')) as [number];
  return { child, port: actual };
}

async function startGateway(to: number): Promise<Program> {
  const signed = ['--signed-headers', 'host;x-sdk-date;content-type'];
  const flags = ['gateway', '--to', `http://127.0.0.1:${to}`, '--listen', '127.0.0.1:0', ...signed];
  const env = { ...process.env, APIG_SIGNATURE_KEYS: JSON.stringify(KEYS) };
  const child = spawn(process.execPath, ['dist/esm/cli.js', ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  child.stdout.resume();
  child.stderr.resume();
  return { child, port: Number(/:(\d+)/.exec(line.toString())![1]) };
}

function isVerified({ status, text }: Reply, { method }: RequestToSend): boolean {
  return status === 200 && (method === 'HEAD' || text === JSON.stringify({ key: KEY, bodyVerified: true }));
}

/** Sends every request, as many at a time as there are connections; gives those that were not verified. */
async function sendAll(port: number, requests: readonly RequestToSend[], connections: number): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const faults: string[] = [];
  const queue = requests.values();
  const work = async () => {
    for (const each of queue) {
      const reply = await send(port, each, agent);
      if (!isVerified(reply, each)) faults.push(`${each.method} ${each.target}: ${reply.status} ${reply.text}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  agent.destroy();
  return faults;
}

/** A client that leaves in the middle: of its body, or of the answer. */
async function leave(port: number): Promise<void> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    headers: { Host: 'localhost', 'Content-Length': 20 * MEBIBYTE },
  });
  outgoing.on('error', () => undefined);
  await new Promise((resolve) => outgoing.write(Buffer.alloc(MEBIBYTE), resolve));
  outgoing.destroy();
}

/** A client that reads an answer slowly. */
async function readSlowly(port: number): Promise<number> {
  const outgoing = request({ host: '127.0.0.1', port, headers: { Host: 'localhost' } }).end();
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  answer.pause();
  await wait(500);
  let bytes = 0;
  for await (const chunk of answer) bytes += (chunk as Buffer).length;
  return bytes;
}

const peakOf = ({ child }: Program) => {
  return 1000 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]);
};
const handlesOf = ({ child }: Program) => readdirSync(`/proc/${child.pid}/fd`).length;

async function check(platform: string, count: number, seed: number): Promise<void> {
  let backend = await startBackend(platform);
  const gateway = await startGateway(backend.port);
  const handles = handlesOf(gateway);
  const requests = fc.sample(mixed, { numRuns: count, seed });
  const start = performance.now();
  const faults = await sendAll(gateway.port, requests, 16);
  const seconds = (performance.now() - start) / 1000;
  assert.deepEqual(faults.slice(0, 5), [], `${faults.length} requests were not verified`);
  console.log(`${platform}: ${count} mixed requests, all verified, ${Math.round(count / seconds)} a second`);

  const parallel = await sendAll(
    gateway.port,
    Array.from({ length: 10 * CONNECTIONS }, () => GET),
    CONNECTIONS,
  );
  assert.deepEqual(parallel.slice(0, 5), []);
  console.log(`${platform}: ${10 * CONNECTIONS} requests over ${CONNECTIONS} connections at a time, all verified`);

  await Promise.all(Array.from({ length: 50 }, () => leave(gateway.port)));
  assert.ok((await readSlowly(gateway.port)) > 0);

  backend.child.kill('SIGKILL');
  await once(backend.child, 'exit');
  const away = await Promise.all(Array.from({ length: 20 }, () => send(gateway.port, GET)));
  assert.deepEqual([...new Set(away.map(({ status }) => status))], [502]);
  backend = await startBackend(platform, backend.port);
  assert.deepEqual(
    await sendAll(
      gateway.port,
      Array.from({ length: 100 }, () => GET),
      10,
    ),
    [],
  );
  console.log(`${platform}: 50 clients left, the backend was killed (502) and came back (200)`);

  await wait(4000); // idle connections to the backend end after 3 s
  const [peak, left] = [peakOf(gateway), handlesOf(gateway) - handles];
  console.log(
    `${platform}: ${(peak / 1e6).toFixed(0)} MB resident at the most, ${left} more open files than at the start`,
  );
  assert.ok(peak < MOST_MEMORY, 'too much memory');
  assert.ok(left <= 0, 'open files are left');
  gateway.child.kill('SIGINT');
  assert.deepEqual(await once(gateway.child, 'exit'), [0, null]);
  backend.child.disconnect();
}

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string' } } });
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
console.log(`--seed ${seed}`);
for (const platform of ['express', 'fastify']) await check(platform, Number(values.runs), seed);
