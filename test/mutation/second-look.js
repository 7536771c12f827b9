/**
 * A source that a mutation keeps from loading fails no test, so that Stryker takes the mutant for one that survived. And
 * Stryker's runs stop each property early. Here each survivor is tried once more, as if somebody had written it, by whole
 * properties: the tests are red, or it did survive.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';

const COPY = 'coverage/mutation/copy';

/** A copy of what the tests need, in which sources may be broken. What is only read is linked. */
export function makeCopy() {
  rmSync(COPY, { recursive: true, force: true });
  for (const each of ['src', 'test', 'package.json', 'tsconfig.json']) {
    cpSync(each, `${COPY}/${each}`, { recursive: true, filter: (path) => !path.includes('node_modules') });
  }
  for (const each of ['node_modules', 'docs', 'README.md', 'README.zh-CN.md']) {
    symlinkSync(resolve(each), `${COPY}/${each}`);
  }
}

/** Those of the mutants on which the tests in MUTATION_TESTS pass. Throws if these fail without any mutant too. */
export function survivorsAmong(mutants) {
  const survivors = mutants.filter(survives);
  if (survivors.length < mutants.length && !testsPass()) throw new Error('The tests fail without any mutant');
  return survivors;
}

function survives({ fileName, location, replacement }) {
  const file = `${COPY}/${fileName.slice(fileName.lastIndexOf('src/'))}`;
  const source = readFileSync(file, 'utf8');
  const [start, end] = [location.start, location.end].map((place) => offsetOf(source, place));
  writeFileSync(file, source.slice(0, start) + replacement + source.slice(end));
  const doPass = testsPass();
  writeFileSync(file, source);
  return doPass;
}

function testsPass() {
  const vitest = resolve('node_modules/vitest/vitest.mjs');
  const run = spawnSync(process.execPath, [vitest, 'run', '--bail=1', '--config=test/mutation/vitest.config.js'], {
    cwd: COPY,
    env: { ...process.env, MUTATION_PROPERTIES: 'whole' },
    timeout: 120_000,
  });
  return run.status === 0;
}

function offsetOf(source, { line, column }) {
  const before = source.split('\n').slice(0, line - 1);
  return before.reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
}
