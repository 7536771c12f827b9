#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { explain } from './cli/explain.command.js';
import { HELP } from './cli/help.js';
import { escapeUnshown } from './cli/unshown.js';
import { sign } from './cli/sign.command.js';
import { UsageError } from './cli/usage-error.js';

function run(args: readonly string[]): void {
  // Not the parsed flags: whoever asks for help may have given others wrongly.
  if (args.includes('--help') || args.includes('-h')) return print(HELP);
  if (args.includes('--version')) return print(`${version()}\n`);
  if (args[0] !== 'explain') return print(`${sign(args, process.env)}\n`);
  if (isatty(0)) process.stderr.write('The request, as text (Ctrl-D ends it):\n');
  const { text, matches } = explain(args.slice(1), process.env);
  print(`${text}\n`);
  process.exitCode = matches ? 0 : 1;
}

function print(text: string): void {
  process.stdout.write(text);
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

try {
  run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`apig-sign: ${escapeUnshown(error.message).replaceAll('\n', ' ')}\n`);
  process.exitCode = 2;
}
