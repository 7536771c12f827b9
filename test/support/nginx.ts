import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.js';
import { program } from './programs.js';

const NGINX = program('nginx');

/**
 * Starts nginx for one test, on a free port of the loopback, in front of an application. `locations` are those of its
 * one server; the application is `http://up` there.
 */
export async function nginxForTest(upstream: number, locations: string): Promise<number> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
  writeFileSync(join(folder, 'nginx.conf'), configuration(port, upstream, locations));
  const nginx = spawn(NGINX, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = once(nginx, 'close');
  onTestFinished(async () => {
    nginx.kill();
    await closed;
    rmSync(folder, { recursive: true });
  });
  const said: string[] = [];
  for await (const line of createInterface(nginx.stderr)) {
    said.push(line);
    // It listens before it says what it will wait with.
    if (line.includes('event method')) return port;
  }
  throw new Error(`nginx did not start: ${said.join('\n')}`);
}

function configuration(port: number, upstream: number, locations: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`);
  return `
    daemon off;
    master_process off;
    pid nginx.pid;
    error_log stderr notice;
    events {}
    http {
      access_log off;
      ${temporary.join(' ')}
      upstream up { server 127.0.0.1:${upstream}; }
      server { listen 127.0.0.1:${port}; ${locations} }
    }`;
}
