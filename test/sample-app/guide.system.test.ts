import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { Module, type Type } from '@nestjs/common';
import type { ApigSignatureModule } from 'nestjs-apig-signature';
import { register } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVerifier } from '../../src/core/index.js';
import { forward, HOST, KEY, KEYS } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { express, platforms, startForTest, type Platform } from '../support/platforms.js';
import { built } from '../support/programs.js';
import { compile, emptyFolder, load, PATIENCE, write } from './readme.blocks.js';

built('dist/esm/index.js');

const FOLDER = 'dist/guide';
const OTHER = { key: 'signature_key2', secret: 'p3Vd_8sYb@Q6nJc1' };

/** The code of a language under a heading of a page of the guide. */
function blockOf(page: string, heading: string, language = 'ts'): string {
  const text = readFileSync(`docs/guide/${page}.md`, 'utf8');
  const block = new RegExp(`^## ${heading}\n[^]*?^ *\`\`\`${language}\n([^]*?)^ *\`\`\`$`, 'm').exec(text)?.[1];
  if (block === undefined) throw new Error(`docs/guide/${page}.md has no block of ${language} under "${heading}"`);
  return block;
}

const FILES = {
  'gateway-setup': blockOf('gateway-setup', 'See which headers are signed'),
  'how-it-works': blockOf('how-it-works', 'What a handler gets'),
  bodies: blockOf('bodies', 'Watch'),
  'keys-function': blockOf('keys', 'In code'),
  'keys-tenants': blockOf('keys', 'Several gateways or tenants'),
};

interface Page {
  readonly ApigSignatureModule: typeof ApigSignatureModule;
  readonly AppModule: Type;
  readonly BodyGauges: Type;
  readonly SignedHeadersController: Type;
  readonly ReportsController: Type;
  readonly vault: Map<string, string[]>;
}

// The package as the page's code sees it: not the sources.
const REEXPORT = `\nexport { ApigSignatureModule } from 'nestjs-apig-signature';\n`;
const page = (name: keyof typeof FILES) => load<Page>(FOLDER, `${name}.js`);

beforeAll(() => {
  emptyFolder(FOLDER);
  const files = Object.fromEntries(Object.entries(FILES).map(([name, code]) => [`${name}.ts`, code + REEXPORT]));
  write(FOLDER, files);
  compile(FOLDER, Object.keys(files), '--strict', '--isolatedModules', '--skipLibCheck');
  process.env.APIG_SIGNATURE_KEYS = JSON.stringify({ ...KEYS, [OTHER.key]: OTHER.secret });
}, PATIENCE);
afterAll(() => {
  delete process.env.APIG_SIGNATURE_KEYS;
});

const run = (platform: Platform, module: Type) => startForTest(platform, module, { adapter: platform.adapter() });

/** An application that has one controller of a page. */
async function around(platform: Platform, name: keyof typeof FILES, controller: (page: Page) => Type) {
  const loaded = await page(name);
  const imports = [loaded.ApigSignatureModule.forRoot({ keys: KEYS })];
  @Module({ imports, controllers: [controller(loaded)] })
  class AppModule {}
  return run(platform, AppModule);
}

describe.each(platforms)('the code of the guide, on $name', (platform) => {
  it('lists the headers that the gateway signs', async () => {
    const { port } = await around(platform, 'gateway-setup', (it) => it.SignedHeadersController);
    const request = forward({ target: '/signed-headers', headers: [['X-Tenant', 'acme']] });
    expect(JSON.parse((await send(port, request)).text)).toEqual({
      key: KEY,
      signedHeaders: expect.arrayContaining(['host', 'x-sdk-date', 'x-tenant']) as unknown,
      bodyVerified: true,
    });
    expect((await send(port, { ...request, headers: [['Host', HOST]] })).status).toBe(401);
  });

  it('gives a handler the verdict and a signed header', async () => {
    const { port } = await around(platform, 'how-it-works', (it) => it.ReportsController);
    const request = forward({ method: 'POST', target: '/reports', headers: [['X-Tenant', 'acme']] });
    const told = JSON.parse((await send(port, request)).text) as object;
    expect(told).toMatchObject({ key: KEY, secretIndex: 0, bodyVerified: true, tenant: 'acme' });
    const unsigned = forward(
      { method: 'POST', target: '/reports', headers: [['X-Tenant', 'acme']] },
      { signedHeaders: ['host', 'x-sdk-date'] },
    );
    const reply = await send(port, unsigned);
    expect(reply.status).toBe(201);
    expect(reply.text).not.toContain('acme');
  });

  it('accepts each Secret that the function gives', async () => {
    const { AppModule, vault } = await page('keys-function');
    const { port } = await run(platform, AppModule);
    const ask = (secret: string) => send(port, forward({ target: '/orders' }, { secret }));
    expect(vault.get(KEY)).toHaveLength(2);
    for (const secret of vault.get(KEY)!) expect((await ask(secret)).status).toBe(200);
    expect((await ask('a secret that was removed')).text).toContain('"SIGNATURE_MISMATCH"');
    expect((await send(port, forward({ target: '/orders' }, OTHER))).text).toContain('"KEY_UNKNOWN"');
  });

  it('distinguishes tenants by their keys', async () => {
    const { port } = await run(platform, (await page('keys-tenants')).AppModule);
    const ask = (target: string, options = {}) => send(port, forward({ target }, options));
    expect((await ask('/invoices')).text).toBe('{"tenant":"acme"}');
    expect((await ask('/invoices', OTHER)).text).toBe('{"tenant":"globex"}');
    expect((await ask('/invoices/audit')).status).toBe(200);
    expect((await ask('/invoices/audit', OTHER)).text).toContain('"KEY_UNKNOWN"');
  });
});

describe('the gauges of the guide', () => {
  it('show the bytes that bodies hold', async () => {
    const { ApigSignatureModule, BodyGauges } = await page('bodies');
    @Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS })], providers: [BodyGauges] })
    class AppModule {}
    await run(express, AppModule);
    const figures = (await register.metrics()).split('\n').filter((line) => line.startsWith('apig_signature'));
    expect(figures).toEqual([
      'apig_signature_held_bytes 0',
      'apig_signature_waiting_requests 0',
      'apig_signature_sent_away 0',
    ]);
  });
});

describe.each(['In the environment', 'Rotate a secret'])('the keys of the guide, under "%s"', (heading) => {
  const block = blockOf('keys', heading, 'sh').trim();

  it('are the same in a shell and in .env, and are Secrets that the console accepts', () => {
    const text = execFileSync('sh', ['-c', `${block}\nprintf %s "$APIG_SIGNATURE_KEYS"`], { encoding: 'utf8' });
    expect(parseEnv(block).APIG_SIGNATURE_KEYS).toBe(text);
    const keys = JSON.parse(text) as Record<string, string | string[]>;
    expect(() => createVerifier({ keys })).not.toThrow();
    for (const [key, secrets] of Object.entries(keys)) {
      expect(key).toMatch(/^[A-Za-z0-9][\w-]{7,31}$/);
      for (const secret of [secrets].flat()) expect(secret).toMatch(/^[A-Za-z0-9][\w\-!@#$%]{15,63}$/);
    }
  });
});
