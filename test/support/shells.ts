import { run } from './processes.js';
import { program } from './programs.js';

/** Shells that a command may be pasted into, as a user's prompt starts them: with history, and nobody's settings. */
const SHELL_FLAGS = {
  sh: ['-i'],
  bash: ['--norc', '--noprofile', '-i'],
  zsh: ['-f', '-i'],
} as const;

export type Shell = keyof typeof SHELL_FLAGS;

export const SHELLS = Object.keys(SHELL_FLAGS) as Shell[];

program('bash');
program('zsh');

/** Types lines at a shell's prompt; gives back the bytes that they print. Rejects if the last one fails. */
export async function type(shell: Shell, lines: string, cwd = '.'): Promise<Buffer> {
  const { stdout, stderr, status } = await run(shell, SHELL_FLAGS[shell], { input: `${lines}\n`, cwd });
  if (status !== 0) throw new Error(`${shell} ended with ${status}: ${stderr.toString()}`);
  return stdout;
}
