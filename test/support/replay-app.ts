import { fork } from 'node:child_process';
import { once } from 'node:events';
import { KEYS } from './gateway.js';
import { built } from './programs.js';
import type { clients } from './redis.js';
import type { Platform } from './platforms.js';

const PROGRAM = 'test/support/replay-app.mjs';

built('dist/esm/index.js');

/** An application of one route, POST /writes under replay protection, as a process of its own. */
export interface ReplayApp {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts one, against the package that `npm test` has built. Rejects if it ends before it listens. */
export async function startReplayApp(
  adapter: Platform['name'],
  client: keyof typeof clients,
  redisPort: number,
): Promise<ReplayApp> {
  const child = fork(PROGRAM, [adapter, client, String(redisPort), JSON.stringify(KEYS)]);
  const ended = once(child, 'exit');
  const [port] = (await Promise.race([
    once(child, 'message'),
    ended.then(([code]) => Promise.reject(new Error(`The application ended with ${String(code)}`))),
  ])) as [number];
  return {
    port,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
