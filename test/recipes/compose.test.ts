import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseDocument } from 'yaml';
import { startGateway } from '../../src/cli/gateway/gateway.command.js';
import { catchAll } from '../support/catch-all.js';
import { KEY, KEYS } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { platforms, startForTest } from '../support/platforms.js';

interface Service {
  readonly image: string;
  readonly command?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly expose?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: readonly string[];
}

const document = parseDocument(readFileSync('docs/recipes/compose.yaml', 'utf8'), { strict: true, uniqueKeys: true });
const { services, secrets } = document.toJS() as {
  readonly services: Readonly<Record<'backend' | 'gateway', Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
};
const [program, ...flags] = services.gateway.command!.replace(/^npx --no-install apig-sign /, '').split(' ');

describe('compose.yaml', () => {
  it('is valid YAML, and names only services and secrets that it has', () => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    expect(Object.keys(services)).toEqual(['backend', 'gateway']);
    for (const { secrets: names, depends_on: others = [], environment } of Object.values(services)) {
      expect(Object.keys(secrets)).toEqual(names);
      expect(Object.keys(services)).toEqual(expect.arrayContaining([...others]));
      expect(environment.APIG_SIGNATURE_KEYS_FILE).toBe(`/run/secrets/${names[0]!}`);
    }
  });

  it('publishes the gateway on this computer only, and does not publish the backend', () => {
    expect(services.backend.ports).toBeUndefined();
    expect(services.gateway.ports).toEqual(['127.0.0.1:8787:8787']);
    expect(flags[flags.indexOf('--listen') + 1]).toBe('0.0.0.0:8787');
    expect(flags[flags.indexOf('--to') + 1]).toBe(`http://backend:${services.backend.expose![0]!}`);
    expect(services.gateway.image).toBe(services.backend.image);
  });
});

describe.each(platforms)('the gateway of compose.yaml, before an application on $name', (platform) => {
  it('signs for this computer and for other containers, and for no other name', async () => {
    const { port: backend } = await startForTest(platform, catchAll({ keys: KEYS }));
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'signature-keys');
    writeFileSync(file, JSON.stringify(KEYS));
    const here = flags.map((flag) => flag.replace('backend:3000', `127.0.0.1:${backend}`).replace(':8787', ':0'));
    const lines: string[] = [];
    expect(program).toBe('gateway');
    const close = await startGateway(
      here,
      { APIG_SIGNATURE_KEYS_FILE: file },
      {
        isColoured: false,
        print: (line) => lines.push(line),
        warn: () => undefined, // of the address, which the containers' network needs
      },
    );
    onTestFinished(close);
    const port = Number(/:(\d+)/.exec(lines[0]!)![1]);
    const get = (host: string) => send(port, { method: 'GET', target: '/', headers: [['Host', host]] });
    for (const host of ['127.0.0.1:8787', 'localhost:8787', 'gateway:8787']) {
      expect(await get(host)).toMatchObject({ status: 200, text: JSON.stringify({ key: KEY, bodyVerified: true }) });
    }
    expect((await get('evil.example')).status).toBe(403);
  });
});
