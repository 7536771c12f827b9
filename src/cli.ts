#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { explain } from './cli/explain/explain.command.js';
import { startGateway } from './cli/gateway/gateway.command.js';
import { HELP } from './cli/help.js';
import { nearest } from './cli/nearest.js';
import { escapeUnshown } from './cli/unshown.js';
import { sign } from './cli/sign/sign.command.js';
import { UsageError } from './cli/usage-error.js';

const COMMANDS = { sign: runSign, explain: runExplain, gateway: runGateway };

async function run(args: readonly string[]): Promise<void> {
  const [first = '', ...rest] = args;
  const name = isCommand(first) ? first : 'sign';
  // The parsed flags are not used here: other flags may be wrong when somebody asks for help.
  if (args.includes('--help') || args.includes('-h')) print(HELP[name]);
  else if (args.includes('--version')) print(`${version()}\n`);
  else await COMMANDS[name](name === 'sign' ? args : rest);
}

function isCommand(word: string): word is 'explain' | 'gateway' {
  return word === 'explain' || word === 'gateway';
}

function runSign(args: readonly string[]): void {
  const first = args[0] ?? '';
  const meant = nearest(first, ['explain', 'gateway']);
  if (meant) throw new UsageError(`There is no command ${first}: did you mean ${meant}?`);
  print(`${sign(args, process.env)}\n`);
}

function runExplain(args: readonly string[]): void {
  if (isatty(0) && args.every((word) => word.startsWith('-'))) {
    process.stderr.write('The request, as text (Ctrl-D ends it):\n');
  }
  const { text, matches } = explain(args, process.env);
  print(`${text}\n`);
  process.exitCode = matches ? 0 : 1;
}

async function runGateway(args: readonly string[]): Promise<void> {
  const { stdout, stderr } = process;
  const starting = startGateway(args, process.env, {
    isColoured: stdout.isTTY && stdout.hasColors(),
    print: (line) => stdout.write(`${line}\n`),
    warn: (line) => stderr.write(`${line}\n`),
  });
  // Once: a second Ctrl+C ends the program at once. This comes before the line that says that the gateway listens.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void starting.then((end) => end()).catch(fail));
  }
  await starting;
}

function print(text: string): void {
  process.stdout.write(text);
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function fail(error: unknown): void {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`apig-sign: ${escapeUnshown(error.message).replaceAll('\n', ' ')}\n`);
  process.exitCode = 2;
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `apig-sign ... | head`: the reader has closed the pipe, which is not an error.
  if (error.code === 'EPIPE') process.exit();
  throw error;
});
run(process.argv.slice(2)).catch(fail);
