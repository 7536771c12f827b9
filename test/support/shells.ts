import { spawnSync } from 'node:child_process';

/** Shells that a command may be pasted into, as a user's prompt starts them: with history, and nobody's settings. */
export const shells = {
  sh: ['-i'],
  bash: ['--norc', '--noprofile', '-i'],
  zsh: ['-f', '-i'],
} as const;

export type Shell = keyof typeof shells;

export const SHELLS = Object.keys(shells) as Shell[];

/** Types lines at a shell's prompt; gives back the bytes that they print. Throws if the last one fails. */
export function type(shell: Shell, lines: string, cwd = '.'): Buffer {
  const { stdout, stderr, status, error } = spawnSync(shell, shells[shell], { input: `${lines}\n`, cwd });
  if (error) throw error;
  if (status !== 0) throw new Error(`${shell} ended with ${status}: ${stderr.toString()}`);
  return stdout;
}
