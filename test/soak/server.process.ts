/** An application of every handler behaviour, as a process: `server.process.js express|fastify`. Asked over IPC. */
import type { Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { SignatureMetrics } from '../../src/index.js';
import { BehavingController, MULTIPART, prepareForms } from '../support/behaving.controller.js';
import { EchoController, echoModule } from '../support/echo.controller.js';
import { platforms, start } from '../support/platforms.js';

/** What the process has when its clients have left. Bytes are those in use after a garbage collection. */
export interface Rest {
  readonly port: number;
  readonly heap: number;
  readonly heldBytes: number;
  readonly waitingRequests: number;
  readonly sockets: number;
  readonly timers: number;
  /** Rejections that nobody handled, and exceptions that nobody caught. */
  readonly unhandled: readonly string[];
}

/** Milliseconds in which all that clients left behind is to be given back: a refused connection lingers for 5 s. */
const TIME_TO_REST = 15_000;

const unhandled: string[] = [];
for (const event of ['unhandledRejection', 'uncaughtException']) {
  process.on(event, (reason: unknown) => unhandled.push(reason instanceof Error ? reason.stack! : String(reason)));
}

const platform = platforms.find(({ name }) => name === process.argv[2])!;
// A short window: the signatures that passed are kept for as long as it lasts.
const module = echoModule({ explain: true, replayProtection: true, clockSkew: 20 }, [
  EchoController,
  BehavingController,
  MULTIPART[platform.name],
]);
const { app, port } = await start(platform, module, { prepare: prepareForms });
const server = app.getHttpServer() as Server;
const metrics = app.get(SignatureMetrics, { strict: false });

const countSockets = () => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));

async function rest(): Promise<void> {
  for (let waited = 0; waited < TIME_TO_REST; waited += 100) {
    await wait(100);
    if ((await countSockets()) + metrics.heldBytes + metrics.waitingRequests === 0) break;
  }
  // What was collected frees what it referred to only then.
  for (let round = 0; round < 3; round++) {
    globalThis.gc!();
    await wait(10);
  }
  process.send!({
    port,
    heap: process.memoryUsage().heapUsed,
    heldBytes: metrics.heldBytes,
    waitingRequests: metrics.waitingRequests,
    sockets: await countSockets(),
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    unhandled,
  } satisfies Rest);
}

process.on('message', () => void rest());
process.on('disconnect', () => void app.close());
await rest();
