/**
 * Mutates the layers, room by room: `run.js [core|http|nest]... [--room text]`, where a room's sources have the text in their
 * names. Prints what survived and each layer's score; all mutants are in coverage/mutation as JSON. Fails below a target.
 */
import console from 'node:console';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { roomsOf } from './rooms.js';
import { makeCopies, survivorsAmong } from './second-look.js';

/** Percent of the mutants of a layer that are to be caught. */
const TARGETS = { core: 95, http: 90, nest: 90 };
const REPORTS = 'coverage/mutation';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { room: { type: 'string', default: '' } },
});
const layers = positionals.length > 0 ? positionals : Object.keys(TARGETS);

makeCopies();
for (const layer of layers) {
  const rooms = roomsOf(layer);
  checkThatAllAreListed(layer, rooms);
  const mutants = [];
  for (const room of rooms.filter(({ sources }) => sources.join(' ').includes(values.room))) {
    const inRoom = await mutate(room);
    mutants.push(...inRoom);
    console.log(`${scoreOf(inRoom)}  ${room.sources.join(' ')}`);
    for (const mutant of inRoom.filter(isMissed)) console.log(`    ${describe(mutant)}`);
  }
  mkdirSync(REPORTS, { recursive: true });
  writeFileSync(`${REPORTS}/${layer}.json`, JSON.stringify(mutants, undefined, 1));
  console.log(`${layer}: ${scoreOf(mutants)}`);
  if (percentOf(mutants) < TARGETS[layer]) process.exitCode = 1;
}

/** Every source stands in a room, or would never be mutated. */
function checkThatAllAreListed(layer, rooms) {
  const listed = rooms.flatMap(({ sources }) => sources);
  const files = readdirSync(`src/${layer}`, { recursive: true })
    .map((file) => `src/${layer}/${file}`)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('/index.ts'));
  const missing = files.filter((file) => !listed.includes(file) && !listed.includes(file.replace(/[^/]+$/, '*.ts')));
  if (missing.length > 0) throw new Error(`rooms.js: no room for ${missing.join(', ')}`);
}

async function mutate({ sources, tests }) {
  process.env.MUTATION_TESTS = tests.join(' ');
  const stryker = new Stryker({
    mutate: sources,
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.js', related: false },
    reporters: ['progress-append-only'],
    logLevel: 'error',
    tempDirName: `${REPORTS}/sandbox`,
    ignorePatterns: ['coverage', 'dist', 'sample-app', 'test/mutation/node_modules', 'test/package'],
    concurrency: 2,
    timeoutMS: 8_000,
    dryRunTimeoutMinutes: 30,
  });
  const mutants = await stryker.runMutationTest();
  const survivors = await survivorsAmong(mutants.filter(isMissed));
  return mutants
    .filter((mutant) => isCaught(mutant) || isMissed(mutant))
    .map((mutant) => (isMissed(mutant) && !survivors.includes(mutant) ? { ...mutant, status: 'Killed' } : mutant));
}

function isCaught({ status }) {
  return status === 'Killed' || status === 'Timeout';
}

function isMissed({ status }) {
  return status === 'Survived' || status === 'NoCoverage';
}

function percentOf(mutants) {
  return (100 * mutants.filter(isCaught).length) / mutants.length;
}

function scoreOf(mutants) {
  return `${percentOf(mutants).toFixed(1)} % of ${mutants.length} mutants caught`;
}

function describe({ fileName, location, status, mutatorName, replacement }) {
  const file = fileName.slice(fileName.lastIndexOf('src/'));
  const { start, end } = location;
  const place = `${file}:${start.line}:${start.column}-${end.line}:${end.column}`;
  return `${place} ${status} ${mutatorName}: ${replacement?.replace(/\s+/g, ' ')}`;
}
