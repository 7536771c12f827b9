/** A guarded application as a process of its own: `server.process.js express|fastify`. It is asked over IPC. */
import { setImmediate } from 'node:timers/promises';
import { catchAll } from '../support/catch-all.js';
import { platforms, start } from '../support/platforms.js';
import { KEYS } from '../support/requests.arbitrary.js';
import { NOW } from '../support/signed-request.js';
import { BODY_LIMIT } from './hostile-request.js';

/** What the process says of itself: at its start, and whenever it is asked. */
export interface ServerReport {
  readonly port: number;
  /** Bytes in use after a garbage collection: the heap, and what is outside of it. */
  readonly used: number;
  readonly resident: number;
  /** Rejections that nobody handled, and exceptions that nobody caught. */
  readonly unhandled: readonly string[];
}

const unhandled: string[] = [];
for (const event of ['unhandledRejection', 'uncaughtException']) {
  process.on(event, (reason: unknown) => unhandled.push(reason instanceof Error ? reason.stack! : String(reason)));
}

const platform = platforms.find(({ name }) => name === process.argv[2])!;
const { app, port } = await start(platform, catchAll({ keys: KEYS, now: () => NOW, bodyLimit: BODY_LIMIT }));

async function report(): Promise<void> {
  // What was collected frees what it referred to only then.
  for (let round = 0; round < 3; round++) {
    globalThis.gc!();
    await setImmediate();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send!({ port, used: heapUsed + external, resident: rss, unhandled } satisfies ServerReport);
}

process.on('message', () => void report());
process.on('disconnect', () => void app.close());
await report();
