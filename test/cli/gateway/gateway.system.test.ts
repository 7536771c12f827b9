import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { apigSign } from '../../support/apig-sign.js';
import { catchAll } from '../../support/catch-all.js';
import { startBackend, startDeskGateway, VARIABLES } from '../../support/desk-gateway.js';
import { freePort } from '../../support/free-port.js';
import { KEY, KEYS, SECRET } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import { platforms, startForTest } from '../../support/platforms.js';
import { run } from '../../support/processes.js';
import { built, program } from '../../support/programs.js';

const PROGRAM = resolve(built('dist/esm/cli.js'));
const [CURL, OPENSSL] = [program('curl'), program('openssl')];
const FOLDER = mkdtempSync(join(tmpdir(), 'apig-sign-'));
const inFolder = (name: string) => join(FOLDER, name);

afterAll(() => rmSync(FOLDER, { recursive: true }));

/** Starts the built program for one test; gives its process, the port, and the lines that it prints. */
async function startProgram(to: number, env: NodeJS.ProcessEnv = VARIABLES) {
  const args = [PROGRAM, 'gateway', '--to', `http://127.0.0.1:${to}`, '--listen', '127.0.0.1:0'];
  const child: ChildProcess = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout! });
  const [first] = (await once(lines, 'line')) as [string];
  return { child, lines, port: Number(/:(\d+)/.exec(first)![1]) };
}

describe.each(platforms)('the program, before an application on $name', (platform) => {
  it('signs what curl sends, prints a line for it, and ends with Ctrl+C', async () => {
    const { port: backend } = await startForTest(platform, catchAll({ keys: KEYS }));
    const { child, lines, port } = await startProgram(backend);
    const line = once(lines, 'line');
    const { stdout } = await run(CURL, [
      '-sS',
      '-d',
      '{"a":1}',
      '-H',
      'Content-Type: application/json',
      `http://127.0.0.1:${port}/a?b`,
    ]);
    expect(JSON.parse(stdout.toString())).toEqual({ key: KEY, bodyVerified: true });
    expect((await line)[0]).toMatch(/^\d\d:\d\d:\d\d POST \/a 200 \d+ ms$/);
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('the program', () => {
  it('ends with SIGTERM', async () => {
    const { child } = await startProgram(await freePort());
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ends at once with a second Ctrl+C', async () => {
    const backend = await startBackend(() => undefined);
    const { child, port } = await startProgram(backend.port);
    const asked = once(backend.server, 'request');
    const cut = expect(send(port, { method: 'GET', target: '/', headers: [['Host', 'localhost']] })).rejects.toThrow();
    await asked;
    child.kill('SIGINT');
    const isListening = () =>
      send(port, { method: 'GET', target: '/', headers: [] }).then(
        () => true,
        () => false,
      );
    while (await isListening());
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect(await exit).toEqual([null, 'SIGINT']);
    await cut;
  });

  it('ends quietly when its output has no reader any more', async () => {
    const { child, lines, port } = await startProgram(await freePort());
    lines.close();
    child.stdout!.destroy();
    const request = { method: 'GET', target: '/', headers: [['Host', 'localhost']] } as const;
    await send(port, request);
    await send(port, request).catch(() => undefined); // it may be gone already
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  });

  it('says in one line which flag is wrong, and exits with 2', async () => {
    const said = await apigSign(['gateway', '--secret', SECRET, '--key', KEY]);
    expect(said).toEqual({
      status: 2,
      out: '',
      error: 'apig-sign: --to is missing: --to http://127.0.0.1:3000, the backend\n',
    });
    const typo = await apigSign(['gatway', '--to', 'http://127.0.0.1:1']);
    expect(typo).toEqual({
      status: 2,
      out: '',
      error: 'apig-sign: There is no command gatway: did you mean gateway?\n',
    });
  });
});

describe('an https backend', () => {
  beforeAll(async () => {
    const made = await run(OPENSSL, [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', inFolder('key.pem'), '-out', inFolder('cert.pem')],
    ]);
    expect(made.stderr.toString() && made.status).toBe(0);
  });

  async function startTls(): Promise<number> {
    const options = { key: readFileSync(inFolder('key.pem')), cert: readFileSync(inFolder('cert.pem')) };
    const server = createServer(options, (request, response) => {
      response.end(`${request.headers.host} ${(request.socket as { servername?: string }).servername}`);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => server.closeAllConnections());
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
  }
  const get = { method: 'GET', target: '/', headers: [['Host', 'localhost']] } as const;

  it('is reached with the authority of --ca', async () => {
    const port = await startTls();
    const desk = await startDeskGateway(`https://localhost:${port}`, ['--ca', inFolder('cert.pem')]);
    expect(await send(desk.port, get)).toMatchObject({ status: 200, text: `localhost:${port} localhost` });
    const byNumber = await startDeskGateway(`https://127.0.0.1:${port}`, [
      '--ca',
      inFolder('cert.pem'),
      '--preserve-host',
    ]);
    expect(await send(byNumber.port, get)).toMatchObject({ status: 200, text: 'localhost false' });
  });

  it('gives 502 without --ca, and if the address says http', async () => {
    const port = await startTls();
    const untrusted = await send((await startDeskGateway(`https://localhost:${port}`)).port, get);
    expect(untrusted).toMatchObject({ status: 502 });
    expect(untrusted.text).toContain('Its certificate is not trusted: name its authority with --ca FILE.');
    const { port: plain } = await startForTest(platforms[0]!, catchAll({ keys: KEYS }));
    const mistaken = await send((await startDeskGateway(`https://127.0.0.1:${plain}`)).port, get);
    expect(mistaken).toMatchObject({ status: 502 });
    expect(mistaken.text).toContain('It does not speak TLS there');
  });
});
