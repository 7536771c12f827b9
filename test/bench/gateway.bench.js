/**
 * One gigabyte up and down through `apig-sign gateway`, against a plain reverse proxy of Node's own that signs nothing:
 * each in turn, so that what else the machine does falls on both. Needs a build. `node gateway.bench.js [rounds]`.
 */
import { Buffer } from 'node:buffer';
import { fork, spawn } from 'node:child_process';
import console from 'node:console';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { Readable } from 'node:stream';
import { fileURLToPath, URL } from 'node:url';
import { machine, medianOf, printTable } from './table.js';

const SIZE = 2 ** 30;
const CHUNK = Buffer.alloc(2 ** 16, 'x');
const SELF = fileURLToPath(import.meta.url);
const CLI = fileURLToPath(new URL('../../dist/esm/cli.js', import.meta.url));

const [role = '7', target] = process.argv.slice(2);
if (role === 'backend') listen(serve);
else if (role === 'plain') listen(passThrough(Number(target)));
else await compare(Number(role));

async function compare(rounds) {
  const backend = fork(SELF, ['backend']);
  const [backendPort] = await once(backend, 'message');
  const plain = fork(SELF, ['plain', String(backendPort)]);
  const [plainPort] = await once(plain, 'message');
  const gateway = await startGateway(backendPort);
  const contestants = [
    { name: 'plain node:http', port: plainPort, pid: plain.pid, up: [], down: [], cpu: [] },
    { name: 'apig-sign gateway', port: gateway.port, pid: gateway.child.pid, up: [], down: [], cpu: [] },
  ];
  for (let round = -1; round < rounds; round++) {
    for (const contestant of contestants) {
      const before = cpuOf(contestant.pid);
      const [up, down] = [await upload(contestant.port), await download(contestant.port)];
      if (round < 0) continue; // it warms up
      contestant.cpu.push(cpuOf(contestant.pid) - before);
      contestant.up.push(up);
      contestant.down.push(down);
    }
  }
  const [first] = contestants;
  const ratio = (times, others) => medianOf(times.map((time, round) => time / others[round])).toFixed(2);
  console.log(machine());
  printTable(
    ['1 GiB', 'up, s', '× plain', 'down, s', '× plain', 'CPU of both, s', '× plain', 'most memory, MB'],
    contestants.map(({ name, up, down, cpu, pid }) => [
      name,
      ...[medianOf(up).toFixed(2), ratio(up, first.up), medianOf(down).toFixed(2), ratio(down, first.down)],
      ...[medianOf(cpu).toFixed(2), ratio(cpu, first.cpu)],
      (peakOf(pid) / 1000).toFixed(0),
    ]),
  );
  for (const child of [backend, plain, gateway.child]) child.kill();
}

async function startGateway(to) {
  const flags = ['--to', `http://127.0.0.1:${to}`, '--listen', '127.0.0.1:0', '--key', 'key'];
  const env = { ...process.env, APIG_SECRET: 'secret of the benchmark' };
  const child = spawn(process.execPath, [CLI, 'gateway', ...flags], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  child.stdout.resume();
  return { child, port: Number(/:(\d+)/.exec(String(line))[1]) };
}

function listen(handler) {
  const server = createServer(handler).listen(0, '127.0.0.1', () => process.send(server.address().port));
  process.on('disconnect', () => process.exit());
}

/** Counts what is uploaded; downloads as much as is asked for. */
function serve(incoming, response) {
  if (incoming.method === 'GET') return void gigabyte().pipe(response);
  let bytes = 0;
  incoming.on('data', (chunk) => (bytes += chunk.length));
  incoming.on('end', () => response.end(String(bytes)));
}

function passThrough(port) {
  return (incoming, response) => {
    const { method, url: path, headers } = incoming;
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(outgoing);
  };
}

function* chunks() {
  for (let sent = 0; sent < SIZE; sent += CHUNK.length) yield CHUNK;
}

function gigabyte() {
  return Readable.from(chunks(), { objectMode: false });
}

async function upload(port) {
  const start = performance.now();
  const outgoing = request({ host: '127.0.0.1', port, method: 'POST', headers: { 'Content-Length': SIZE } });
  gigabyte().pipe(outgoing);
  const [answer] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  if (text !== String(SIZE)) throw new Error(`${text} bytes arrived`);
  return (performance.now() - start) / 1000;
}

async function download(port) {
  const start = performance.now();
  const [answer] = await once(request({ host: '127.0.0.1', port }).end(), 'response');
  let bytes = 0;
  answer.on('data', (chunk) => (bytes += chunk.length));
  await once(answer, 'end');
  if (bytes !== SIZE) throw new Error(`${bytes} bytes arrived`);
  return (performance.now() - start) / 1000;
}

/** Seconds that a process has had of a processor so far; what else the machine does hardly changes them. */
function cpuOf(pid) {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

/** The most memory that a process ever had resident, in kilobytes. */
function peakOf(pid) {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}
