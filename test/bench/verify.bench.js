import assert from 'node:assert/strict';
import console from 'node:console';
import process from 'node:process';
import { createVerifier } from '../../dist/esm/core/index.js';
import { floorOf } from './floor.js';
import { interleave, machine, printTable } from './interleaved.js';
import { peersOn } from './peers.js';
import { KEY, NOW, parserOf, SECRET, workloads } from './workloads.js';

const verifier = createVerifier({ keys: { [KEY]: SECRET }, now: () => NOW });
const only = process.argv[2];

const figures = [];
for (const workload of workloads) {
  const us = { name: 'this package', fresh: parserOf(workload), run: (request) => verifier.verify(request) };
  assert.equal(us.run(us.fresh()).ok, !workload.refused);
  const peers = only === 'us' || workload.refused ? [] : await peersOn(workload);
  figures.push(await interleave([{ name: 'floor', ...floorOf(workload, SECRET) }, us, ...peers]));
}

const cell = (figure, name) => (figure.has(name) ? figure.get(name).ratio.toFixed(2) : '');
console.log(machine());
printTable(
  ['times the floor', ...workloads.map(({ name }) => name)],
  [
    ...[...figures[0].keys()].map((name) => [name, ...figures.map((figure) => cell(figure, name))]),
    ['floor, µs', ...figures.map((figure) => (figure.get('floor').time / 1000).toFixed(2))],
  ],
);
