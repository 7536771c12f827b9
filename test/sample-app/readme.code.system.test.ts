import { readFileSync } from 'node:fs';
import { Module, type Type } from '@nestjs/common';
import { context, ROOT_CONTEXT, trace, type Span } from '@opentelemetry/api';
import { register } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerdictEvent } from '../../src/index.js';
import { forward, KEY, SECRET, withHeader, type RequestToForward } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { platforms, startForTest, type Platform } from '../support/platforms.js';
import { built } from '../support/programs.js';
import { RecordedLog } from '../support/recorded-log.js';
import { blocks, compile, emptyFolder, load, PATIENCE, write } from './readme.blocks.js';

const FOLDER = 'dist/readme';
const GUIDE = 'docs/guide';
const DOCUMENTS = [
  'README.md',
  ...['getting-started', 'guarding', 'observing', 'options', 'refusals', 'roll-out', 'security', 'testing'].map(
    (page) => `${GUIDE}/${page}.md`,
  ),
];

built('dist/esm/index.js');

/** The complete test file is the sample's own, which the type check reads and Jest and Vitest run. */
const testFile = readFileSync('sample-app/app.spec.ts', 'utf8');

/** A block is a module of its own: a name for each, by its page and place. */
const named = DOCUMENTS.flatMap((file) =>
  blocks(file, 'ts')
    .filter((code) => code !== testFile)
    .map((code, index) => [`${/([\w-]+)\.md$/.exec(file)![1]}-${index}.ts`, code] as const),
);

const OTHER = { key: 'signature_key2', secret: 'another secret of the tests' };

beforeAll(() => {
  emptyFolder(FOLDER);
  write(FOLDER, Object.fromEntries(named));
  const names = named.map(([name]) => name);
  compile(FOLDER, names, '--strict', '--isolatedModules', '--skipLibCheck');
  process.env.APIG_SIGNATURE_KEYS = JSON.stringify({ [KEY]: SECRET, [OTHER.key]: OTHER.secret });
}, PATIENCE);
afterAll(() => {
  delete process.env.APIG_SIGNATURE_KEYS;
});

it('all blocks are compiled, and the test file is the sample application’s', () => {
  expect(named.map(([name]) => name)).toEqual([
    ...['README-0.ts', 'getting-started-0.ts', 'guarding-0.ts', 'guarding-1.ts', 'guarding-2.ts'],
    ...['observing-0.ts', 'observing-1.ts', 'options-0.ts', 'refusals-0.ts', 'roll-out-0.ts', 'security-0.ts'],
  ]);
  expect(blocks(`${GUIDE}/testing.md`, 'ts')).toContain(testFile);
});

/** What a block exports: an application, for the most part. */
type Modules = Record<'AppModule' | 'GuardedModule' | 'HooksModule' | 'RefusalModule', Type>;
const block = <M = Modules>(name: string) => load<M>(FOLDER, `${name}.js`);

const unsigned = (request: RequestToForward) => withHeader(forward(request), 'Authorization');
const JSON_TYPE = ['Content-Type', 'application/json'] as const;

describe.each(platforms)('the guide’s code, on $name', (platform: Platform) => {
  const run = (module: Type) => startForTest(platform, module);

  it('guards one route, and gives its handler the key and the signed headers', async () => {
    const { port } = await run((await block('guarding-0')).AppModule);
    expect(await send(port, unsigned({ target: '/reports' }))).toMatchObject({ status: 200, text: '[]' });
    const report = {
      method: 'POST',
      target: '/reports',
      headers: [JSON_TYPE, ['X-Tenant', 'acme']],
      body: '{}',
    } as const;
    expect((await send(port, unsigned(report))).text).toContain('"AUTHORIZATION_MISSING"');
    expect((await send(port, forward(report))).text).toBe(`{"by":"${KEY}","tenant":"acme"}`);
    const gatewaysOwn = forward(report, { signedHeaders: ['host', 'x-sdk-date'] });
    expect((await send(port, gatewaysOwn)).text).toBe(`{"by":"${KEY}"}`);
    const asText = withHeader(gatewaysOwn, 'Content-Type', 'text/plain');
    expect((await send(port, asText)).text).toContain('"HEADER_NOT_SIGNED"');
  });

  it('guards all routes except one', async () => {
    const { port } = await run((await block('guarding-1')).GuardedModule);
    expect((await send(port, unsigned({ target: '/health' }))).text).toBe('ok');
    const order = { method: 'POST', target: '/orders' };
    expect((await send(port, unsigned(order))).status).toBe(401);
    expect((await send(port, forward(order))).text).toContain('"KEY_UNKNOWN"');
    expect((await send(port, forward(order, OTHER))).text).toBe('ordered');
    const unsignedBody = { ...order, headers: [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']] as const };
    expect((await send(port, forward(unsignedBody, OTHER))).text).toContain('"UNSIGNED_PAYLOAD"');
  });

  it('decides by itself', async () => {
    const { port } = await run((await block('guarding-2')).HooksModule);
    const hook = { method: 'POST', target: '/hooks', headers: [JSON_TYPE], body: '{"n":1}' };
    expect((await send(port, forward(hook))).text).toBe(`{"from":"${KEY}"}`);
    expect((await send(port, unsigned(hook))).text).toBe('{"refused":"AUTHORIZATION_MISSING"}');
    const changed = { ...forward(hook), body: Buffer.from('{"n":2}') };
    expect((await send(port, changed)).text).toBe('{"refused":"SIGNATURE_MISMATCH"}');
  });

  it('has injected options', async () => {
    process.env.BODY_LIMIT = '4';
    const { port } = await run((await block('options-0')).AppModule);
    delete process.env.BODY_LIMIT;
    const headers = [['Content-Type', 'text/x']] as const;
    const upload = (body: string) => forward({ method: 'POST', target: '/uploads', headers, body });
    expect((await send(port, upload('four'))).text).toBe('uploaded');
    expect((await send(port, upload('fives'))).text).toContain('"BODY_TOO_LARGE"');
  });

  it('answers a refusal in another form', async () => {
    const [{ RefusalModule }, { GuardedModule }] = await Promise.all([block('refusals-0'), block('guarding-1')]);
    @Module({ imports: [RefusalModule, GuardedModule] })
    class Both {}
    const { port } = await run(Both);
    expect(await send(port, unsigned({ method: 'POST', target: '/orders' }))).toMatchObject({
      status: 401,
      text: '{"success":false,"reason":"AUTHORIZATION_MISSING"}',
    });
  });

  it('reports, and does not refuse', async () => {
    const logger = new RecordedLog();
    const { AppModule } = await block('roll-out-0');
    const { port } = await startForTest(platform, AppModule, { logger });
    const pay = { method: 'POST', target: '/payments' };
    expect((await send(port, forward(pay))).text).toBe(`{"by":"${KEY}"}`);
    expect(await send(port, unsigned(pay))).toMatchObject({
      status: 201,
      text: '{"by":"unknown","refused":"AUTHORIZATION_MISSING"}',
    });
    const [line] = blocks(`${GUIDE}/roll-out.md`, 'text');
    expect(logger.troubles.join('\n')).toContain(line!.trim());
  });

  it('is strict for a gateway that signs host and date', async () => {
    const { port } = await run((await block('security-0')).AppModule);
    const pay = { method: 'POST', target: '/payments', headers: [JSON_TYPE], body: '{}' } as const;
    const request = forward(pay, { signedHeaders: ['host', 'x-sdk-date'] });
    expect((await send(port, request)).text).toBe('paid');
    expect((await send(port, request)).text).toContain('"REPLAYED"');
  });
});

describe('the guide’s onVerdict', () => {
  const refusal: VerdictEvent = {
    ...{ ok: false, code: 'KEY_UNKNOWN', untrustedKey: String.raw`\x0a" 1` },
    ...{ reported: false, route: 'HelloController.hello', duration: 1.5 },
  };
  const pass: VerdictEvent = {
    ...{ ok: true, key: 'signature_key1', secretIndex: 1, skew: -2, bodyVerified: true },
    ...{ route: 'HelloController.hello', duration: 2 },
  };
  type OfVerdicts = Record<'countVerdict' | 'describeVerdict', (event: VerdictEvent) => void>;

  it('feeds prom-client', async () => {
    const { countVerdict } = await block<OfVerdicts>('observing-0');
    for (const event of [refusal, pass, pass]) countVerdict(event);
    const metrics = await register.metrics();
    expect(
      metrics.split('\n').filter((line) => /^apig_signature_(verdicts_total|verdict_seconds_(sum|count))/.test(line)),
    ).toEqual([
      'apig_signature_verdicts_total{route="HelloController.hello",outcome="KEY_UNKNOWN",key="",secret=""} 1',
      'apig_signature_verdicts_total{route="HelloController.hello",outcome="ok",key="signature_key1",secret="1"} 2',
      'apig_signature_verdict_seconds_sum 0.0055',
      'apig_signature_verdict_seconds_count 3',
    ]);
  });

  it('describes a span', async () => {
    const { describeVerdict } = await block<OfVerdicts>('observing-1');
    const attributes: Record<string, unknown>[] = [];
    // The interface that OpenTelemetry's own SDK implements, as far as a span is asked for.
    const span = { setAttribute: (name: string, value: unknown) => void (attributes.at(-1)![name] = value) };
    const active = trace.setSpan(ROOT_CONTEXT, span as unknown as Span);
    const manager = { active: () => active, with: () => undefined, bind: () => undefined };
    context.setGlobalContextManager({ ...manager, enable: () => manager, disable: () => manager } as never);
    for (const event of [refusal, pass]) {
      attributes.push({});
      describeVerdict(event);
    }
    context.disable();
    expect(attributes).toEqual([
      { 'apig.signature.outcome': 'KEY_UNKNOWN', 'apig.signature.key': String.raw`\x0a" 1` },
      { 'apig.signature.outcome': 'ok', 'apig.signature.key': 'signature_key1', 'apig.signature.skew': -2 },
    ]);
  });
});
