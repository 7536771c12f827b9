import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { RedisReplayStore } from '../../src/core/index.js';
import { freePort } from './free-port.js';
import { program } from './programs.js';

/** redis-server, or another program that takes its options: `REDIS_SERVER=/usr/bin/valkey-server`. */
const serverProgram = () => process.env.REDIS_SERVER ?? program('redis-server');

/** What the guide asks of a Redis that keeps signatures. */
const SETTINGS = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction', '--save', ''];

/** A redis-server of our own on the loopback, with its data in a folder of its own. */
export class RedisServer {
  readonly port: number;
  readonly folder = mkdtempSync(join(tmpdir(), 'replay-redis-'));
  readonly #args: readonly string[];
  readonly #readyLine: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, args: readonly string[], readyLine: string) {
    this.port = port;
    this.#args = args;
    this.#readyLine = readyLine;
  }

  /** Starts one with further options. */
  static async start(...options: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), [...SETTINGS, ...options], 'Ready to accept connections');
    await server.restart();
    return server;
  }

  /** Starts a Sentinel that watches a master by the name `main`. Two of them must agree that it is down. */
  static async startSentinel(master: RedisServer): Promise<RedisServer> {
    const sentinel = new RedisServer(await freePort(), ['--sentinel'], '+monitor master main');
    const timings = ['down-after-milliseconds main 1000', 'failover-timeout main 5000', 'parallel-syncs main 1'];
    const lines = [`monitor main 127.0.0.1 ${master.port} 2`, ...timings].map((line) => `sentinel ${line}`);
    writeFileSync(join(sentinel.folder, 'sentinel.conf'), lines.join('\n'));
    await sentinel.restart();
    return sentinel;
  }

  /** Starts it on the same port and data; gives back when it takes connections. */
  async restart(): Promise<void> {
    const config = this.#args.includes('--sentinel') ? [join(this.folder, 'sentinel.conf')] : [];
    const address = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.folder];
    const server = spawn(serverProgram(), [...config, ...address, ...this.#args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = server;
    const said: string[] = [];
    for await (const line of createInterface({ input: server.stdout })) {
      said.push(line);
      if (line.includes(this.#readyLine)) {
        server.stdout.resume();
        return;
      }
    }
    throw new Error(`redis-server did not start:\n${said.join('\n')}`);
  }

  /** Ends it as a power switch would, or as an operator would not. */
  async kill(): Promise<void> {
    const { exitCode, signalCode } = this.#process!;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#process!, 'exit');
    this.#process!.kill('SIGKILL');
    await ended;
  }

  /** It keeps its connections, and answers nothing more. */
  hang(): void {
    this.#process!.kill('SIGSTOP');
  }

  goOn(): void {
    this.#process!.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A client of one of the two kinds, and a store that speaks through it. */
export interface RedisClient {
  readonly store: RedisReplayStore;
  command(...args: [string, ...string[]]): Promise<unknown>;
  close(): void;
}

/** Clients of one server, as in docs/guide/replay.md. They handle lost connections themselves. */
export const clients: Readonly<Record<'redis' | 'ioredis', (port: number) => Promise<RedisClient>>> = {
  async redis(port) {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true });
    client.on('error', () => undefined);
    await client.connect();
    return {
      store: RedisReplayStore.of(client),
      command: (...args) => client.sendCommand(args),
      close: () => client.destroy(),
    };
  },
  async ioredis(port) {
    const client = new Redis(port, '127.0.0.1', { enableOfflineQueue: false, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    await once(client, 'ready');
    return {
      store: RedisReplayStore.of(client),
      command: (...args) => client.call(...args),
      close: () => client.disconnect(),
    };
  },
};
