import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { startGateway } from '../../src/cli/gateway/gateway.command.js';
import { KEYS } from './gateway.js';

/** A gateway that listens, and what it has printed so far. */
export interface DeskGateway {
  readonly port: number;
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
  /** The line of a request, and waits until there is one. */
  lineOf(part: string): Promise<string>;
  close(): Promise<void>;
}

export const VARIABLES = { APIG_SIGNATURE_KEYS: JSON.stringify(KEYS) };

/** Starts `apig-sign gateway` inside this process, before a backend, for one test. */
export async function startDeskGateway(
  to: number | string,
  flags: readonly string[] = [],
  { isColoured = false } = {},
): Promise<DeskGateway> {
  const lines: string[] = [];
  const warnings: string[] = [];
  const waiting = new Set<() => void>();
  const print = (line: string) => {
    lines.push(line);
    waiting.forEach((look) => look());
  };
  const url = typeof to === 'number' ? `http://127.0.0.1:${to}` : to;
  const listen = flags.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  const close = await startGateway(['--to', url, ...listen, ...flags], VARIABLES, {
    isColoured,
    print,
    warn: (line) => warnings.push(line),
  });
  onTestFinished(close);
  const lineOf = (part: string) =>
    new Promise<string>((resolve) => {
      const look = () => {
        const line = lines.find((each) => each.includes(part));
        if (line === undefined) return;
        waiting.delete(look);
        resolve(line);
      };
      waiting.add(look);
      look();
    });
  return { port: Number(/:(\d+)/.exec(lines[0]!)![1]), lines, warnings, lineOf, close };
}

/** Starts a server of Node's own for one test. */
export async function startBackend(
  listener: RequestListener,
): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<Socket>(); // those that became WebSockets are none of the server's connections
  server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
  onTestFinished(async () => {
    sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, server };
}
