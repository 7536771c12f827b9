/**
 * A source that a mutation keeps from loading fails no test, so that Stryker takes the mutant for one that survived. And
 * Stryker's runs stop each property early. Here each survivor is tried once more, as if somebody had written it, by whole
 * properties: the tests are red, or it did survive.
 */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';

/** One for each process that tries mutants at one time. */
const COPIES = ['coverage/mutation/copy-1', 'coverage/mutation/copy-2'];

/** Makes the copies of what the tests need, in which sources may be broken. What is only read is linked. */
export function makeCopies() {
  for (const copy of COPIES) {
    rmSync(copy, { recursive: true, force: true });
    for (const each of ['src', 'test', 'package.json', 'tsconfig.json']) {
      cpSync(each, `${copy}/${each}`, { recursive: true, filter: (path) => !path.includes('node_modules') });
    }
    for (const each of ['node_modules', 'docs', 'README.md', 'README.zh-CN.md']) {
      symlinkSync(resolve(each), `${copy}/${each}`);
    }
  }
}

/** Those of the mutants on which the tests in MUTATION_TESTS pass. Throws if these fail without any mutant too. */
export async function survivorsAmong(mutants) {
  const left = [...mutants];
  const survivors = [];
  const tryAll = async (copy) => {
    for (let mutant = left.shift(); mutant; mutant = left.shift()) {
      if (await survives(mutant, copy)) survivors.push(mutant);
    }
  };
  await Promise.all(COPIES.map(tryAll));
  if (survivors.length < mutants.length && !(await testsPass(COPIES[0]))) {
    throw new Error('The tests fail without any mutant');
  }
  return survivors;
}

async function survives({ fileName, location, replacement }, copy) {
  const file = `${copy}/${fileName.slice(fileName.lastIndexOf('src/'))}`;
  const source = readFileSync(file, 'utf8');
  const [start, end] = [location.start, location.end].map((place) => offsetOf(source, place));
  writeFileSync(file, source.slice(0, start) + replacement + source.slice(end));
  const doPass = await testsPass(copy);
  writeFileSync(file, source);
  return doPass;
}

function testsPass(copy) {
  const vitest = resolve('node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--bail=1', '--config=test/mutation/vitest.config.js'];
  const env = { ...process.env, MUTATION_PROPERTIES: 'whole' };
  const options = { cwd: copy, env, timeout: 120_000, maxBuffer: Infinity };
  return new Promise((done) => execFile(process.execPath, args, options, (error) => done(error === null)));
}

function offsetOf(source, { line, column }) {
  const before = source.split('\n').slice(0, line - 1);
  return before.reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
}
