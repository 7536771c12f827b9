import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.js';
import { built } from '../support/programs.js';
import { blocks, blockWith, compile, emptyFolder, PATIENCE, write } from './readme.blocks.js';
import { startSample } from './sample.process.js';

const APIG_SIGN = resolve(built('dist/esm/cli.js'));
const GUIDE = 'docs/guide/getting-started.md';

const children: ChildProcess[] = [];
afterAll(() => Promise.all(children.map(stop)));

/** Pages in Chinese have the same blocks: readme.zh.test.ts. */
describe('the first example', () => {
  const folder = 'dist/start';
  const main = blockWith('README.md', 'ts', 'NestFactory.create');
  const settings = blockWith('README.md', 'sh', 'APIG_SIGNATURE_KEYS=');
  let port: number;
  let gateway: number;

  beforeAll(async () => {
    emptyFolder(folder);
    write(folder, { 'main.ts': main, '.env': settings });
    compile(folder, ['main.ts']);
    [port, gateway] = [await freePort(), await freePort()];
    run(folder, ['main.js'], { PORT: String(port) });
    await accepting(port);
    run(folder, [APIG_SIGN, ...gatewayFlags('README.md', '--env-file .env', port, gateway)]);
    await accepting(gateway);
  }, PATIENCE);

  it('is the same in README and in the guide', () => {
    expect(blocks(GUIDE, 'ts')).toEqual([main]);
    expect(blocks(GUIDE, 'sh')).toContain(settings);
    expect(blocks(GUIDE, 'sh')).toContain(blockWith('README.md', 'sh', '--env-file .env'));
  });

  it('refuses an unsigned request', async () => {
    const unsigned = await fetch(`http://127.0.0.1:${port}/42`);
    expect(await unsigned.json()).toMatchObject({ statusCode: 401, code: 'AUTHORIZATION_MISSING' });
  });

  it.each(['GET', 'POST', 'DELETE'])('answers a %s that the local gateway signed', async (method) => {
    const body = method === 'POST' ? '{"n":1}' : null;
    const reply = await fetch(`http://127.0.0.1:${gateway}/42`, { method, body });
    expect([reply.status, await reply.text()]).toEqual([200, 'Hello signature_key1!']);
  });

  it('answers the request of call.mjs', () => {
    write(folder, { 'call.mjs': blocks(GUIDE, 'js')[0]!.replace('3000', String(port)) });
    const said = execFileSync(process.execPath, ['call.mjs'], { cwd: folder, encoding: 'utf8' });
    expect(said).toBe('200 Hello signature_key1!\n');
  });
});

describe('the sample application', () => {
  it.each(['README.md', 'README.zh-CN.md'])("prints the gateway's command exactly as in %s", async (file) => {
    const sample = await startSample({});
    await sample.stop();
    const command = blockWith(file, 'sh', '--env-file sample-app/.env').replace(':3000', `:${sample.port}`);
    expect(sample.output).toContain(`  ${command}`);
  });
});

/** The flags of a document's `npx apig-sign gateway`, with the ports of a test. */
function gatewayFlags(file: string, part: string, port: number, gateway: number): string[] {
  const [, flags] = /^npx apig-sign (gateway .*)$/m.exec(blockWith(file, 'sh', part))!;
  return [...flags!.replace(':3000', `:${port}`).split(' '), '--listen', `127.0.0.1:${gateway}`];
}

function run(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { PATH } = process.env; // and nothing else: no keys
  children.push(spawn(process.execPath, args, { cwd, env: { PATH, ...env }, stdio: 'ignore' }));
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill();
  await once(child, 'close');
}

/** Waits until something answers. */
async function accepting(port: number): Promise<void> {
  while (!(await fetch(`http://127.0.0.1:${port}`).catch(() => undefined))) {
    await new Promise((go) => setTimeout(go, 50));
  }
}
