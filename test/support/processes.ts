import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** How a program ended. */
export interface Ended {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly status: number | null;
}

/** Runs a program to its end, while servers of this process go on. Rejects if it cannot be started. */
export function run(
  program: string,
  args: readonly string[],
  { input = '', ...options }: RunOptions = {},
): Promise<Ended> {
  const child = spawn(program, args, options);
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined); // it has ended without reading all of it, which its status tells
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), status }));
  });
}
