import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { built } from '../support/programs.js';
import { startSample } from './sample.process.js';

const PROGRAM = resolve(built('dist/esm/cli.js'));

/** Runs the printed command as it stands, but on a free port, and gives the gateway's address. */
async function startGateway(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  const line = command.replace('npx apig-sign', `exec "${process.execPath}" "${PROGRAM}"`);
  const child = spawn('sh', ['-c', `${line} --listen 127.0.0.1:0`], { env: { PATH: process.env.PATH, ...env } });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const [first] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return /http:\/\/127\.0\.0\.1:\d+/.exec(first)![0];
}

async function start(environment: Readonly<Record<string, string>>) {
  const sample = await startSample(environment);
  onTestFinished(() => sample.stop());
  return sample;
}

const GATEWAY = /^ {2}(npx apig-sign gateway .+)$/m;

describe.each(['express', 'fastify'])('the sample on %s prints a gateway command that', (ADAPTER) => {
  it('signs requests of a browser', async () => {
    const { output } = await start({ ADAPTER });
    expect(output).toContain('and open http://127.0.0.1:8787/hello\n');
    const address = await startGateway(GATEWAY.exec(output)![1]!, {});
    const reply = await fetch(`${address}/hello`);
    expect([reply.status, await reply.text()]).toEqual([200, 'Hello World!']);
  });

  it("signs with the application's own keys, whatever their names", async () => {
    const APIG_SIGNATURE_KEYS = JSON.stringify({ "o'key $HOME": 'a secret of my own', other: 'another secret' });
    const { output } = await start({ ADAPTER, APIG_SIGNATURE_KEYS });
    expect(output).toContain('with the same APIG_SIGNATURE_KEYS');
    const address = await startGateway(GATEWAY.exec(output)![1]!, { APIG_SIGNATURE_KEYS });
    expect((await fetch(`${address}/hello`)).status).toBe(200);
  });
});

describe('the sample in production', () => {
  it('prints no gateway command', async () => {
    const { output } = await start({ NODE_ENV: 'production', APIG_SIGNATURE_KEYS: '{"key":"a secret of my own"}' });
    expect(output).not.toMatch(/gateway|\/signer/);
  });
});
