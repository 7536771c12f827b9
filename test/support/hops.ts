import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.js';
import { program, type Program } from './programs.js';

/** Starts something in front of an application, for one test, and gives its port. */
export type Hop = (upstream: number) => Promise<number>;

/** HAProxy, with these lines for its one backend. */
export function haproxy(...lines: readonly string[]): Hop {
  return (upstream) =>
    startHop('haproxy', (folder, port) => {
      const text = `
        defaults
          mode http
          timeout connect 10s
          timeout client 30s
          timeout server 30s
        frontend in
          bind 127.0.0.1:${port}
          default_backend application
        backend application
          ${lines.join('\n          ')}
          server up 127.0.0.1:${upstream}
        `;
      return ['-db', '-f', write(folder, 'haproxy.cfg', text)];
    });
}

/** Varnish, with these subroutines. */
export function varnish(subroutines = ''): Hop {
  return (upstream) =>
    startHop('varnishd', (folder, port) => {
      const text = `vcl 4.1; backend up { .host = "127.0.0.1"; .port = "${upstream}"; } ${subroutines}\n`;
      const vcl = write(folder, 'hop.vcl', text);
      const memory = ['-s', 'malloc,8m', '-p', 'thread_pools=1', '-p', 'thread_pool_min=10'];
      return ['-F', '-j', 'none', '-n', folder, '-a', `127.0.0.1:${port}`, '-f', vcl, ...memory];
    });
}

/** Apache, with these directives for its one server; the application is `http://127.0.0.1:UP` there. */
export function apache(...directives: readonly string[]): Hop {
  return (upstream) =>
    startHop('apache2', (folder, port) => {
      const modules = ['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'headers', 'rewrite'];
      const text = `
        ${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n        ')}
        ServerName localhost
        Listen 127.0.0.1:${port}
        PidFile ${folder}/apache.pid
        DefaultRuntimeDir ${folder}
        ErrorLog ${folder}/error.log
        ${directives.join('\n        ').replaceAll('UP', String(upstream))}
        `;
      return ['-d', folder, '-f', write(folder, 'apache.conf', text), '-D', 'FOREGROUND', '-k', 'start'];
    });
}

function write(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text.replace(/^ +/gm, ''));
  return file;
}

async function startHop(name: Program, argsFor: (folder: string, port: number) => string[]): Promise<number> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  chmodSync(folder, 0o755); // each gives up root, and reads its files then
  mkdirSync(join(folder, 'run'));
  const child = spawn(program(name), argsFor(folder, port), { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk));
  onTestFinished(async () => {
    child.kill();
    await closed;
    rmSync(folder, { recursive: true, force: true });
  });
  while (child.exitCode === null) {
    if (await accepts(port)) return port;
    await setTimeout(20);
  }
  throw new Error(`${name} did not start: ${Buffer.concat(said).toString()}`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
