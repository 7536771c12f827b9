import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { RedisReplayStore } from '../../src/core/index.js';
import { freePort } from './free-port.js';
import { program } from './programs.js';

const REDIS = program('redis-server');

/** What the README asks of a Redis that keeps signatures. */
const SETTINGS = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction', '--save', ''];

/** A redis-server of our own on the loopback, with its data in a folder of its own. */
export class RedisServer {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'replay-redis-'));
  #process: ChildProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.restart();
    return server;
  }

  /** Starts it on the same port and data; gives back when it takes connections. */
  async restart(): Promise<void> {
    const address = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.#folder];
    const server = spawn(REDIS, [...address, ...SETTINGS], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = server;
    const said: string[] = [];
    for await (const line of createInterface({ input: server.stdout })) {
      said.push(line);
      if (line.includes('Ready to accept connections')) {
        server.stdout.resume();
        return;
      }
    }
    throw new Error(`redis-server did not start:\n${said.join('\n')}`);
  }

  /** Ends it as a power switch would, or as an operator would not. */
  async kill(): Promise<void> {
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
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A client of one of the two kinds, and a store that speaks through it. */
export interface RedisClient {
  readonly store: RedisReplayStore;
  command(...args: [string, ...string[]]): Promise<unknown>;
  close(): void;
}

/** Clients as the README makes them. Connections that are lost are their own affair. */
export const clients: Readonly<Record<'redis' | 'ioredis', (port: number) => Promise<RedisClient>>> = {
  async redis(port) {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, disableOfflineQueue: true });
    client.on('error', () => undefined);
    await client.connect();
    return {
      store: new RedisReplayStore({ sendCommand: (args) => client.sendCommand(args) }),
      command: (...args) => client.sendCommand(args),
      close: () => client.destroy(),
    };
  },
  async ioredis(port) {
    const client = new Redis(port, '127.0.0.1', { enableOfflineQueue: false, autoResendUnfulfilledCommands: false });
    client.on('error', () => undefined);
    await once(client, 'ready');
    return {
      store: new RedisReplayStore({ sendCommand: (args) => client.call(...args) }),
      command: (...args) => client.call(...args),
      close: () => client.disconnect(),
    };
  },
};
