import { resolve } from 'node:path';
import { KEYS } from './gateway.js';
import { run, type RunOptions } from './processes.js';
import { built } from './programs.js';

const PROGRAM = resolve(built('dist/esm/cli.js'));

/** How `apig-sign` ended, and what it said. */
export interface Said {
  readonly out: string;
  readonly error: string;
  readonly status: number | null;
}

/** Runs the `apig-sign` that `npm run build` made, with the tests' keys unless `env` has others. */
export async function apigSign(args: readonly string[], { env, ...options }: RunOptions = {}): Promise<Said> {
  const variables = env ?? { APIG_SIGNATURE_KEYS: JSON.stringify(KEYS) };
  const { stdout, stderr, status } = await run(process.execPath, [PROGRAM, ...args], { env: variables, ...options });
  return { out: stdout.toString(), error: stderr.toString(), status };
}
