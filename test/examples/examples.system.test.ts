import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { INestApplication, Type } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { load, PATIENCE } from '../sample-app/readme.blocks.js';
import { freePort } from '../support/free-port.js';
import { forward, HOST, KEY, KEYS, SECRET } from '../support/gateway.js';
import { send, type Reply, type RequestToSend } from '../support/http-client.js';
import { platforms, startForTest, type StartOptions } from '../support/platforms.js';
import { built } from '../support/programs.js';
import { RedisServer } from '../support/redis.js';
import { unauthorized } from '../support/refused-replies.js';

const EXAMPLES = 'dist/examples';
const OTHER = { key: 'signature_key2', secret: 'another secret of the tests' };

built('dist/esm/index.js');

let redis: RedisServer;

beforeAll(async () => {
  execFileSync('npm', ['run', '--silent', 'build:examples'], { stdio: 'inherit' });
  redis = await RedisServer.start();
  process.env.APIG_SIGNATURE_KEYS = JSON.stringify(KEYS);
  process.env.REDIS_URL = `redis://127.0.0.1:${redis.port}`;
}, PATIENCE);
afterAll(async () => {
  delete process.env.APIG_SIGNATURE_KEYS;
  delete process.env.REDIS_URL;
  await redis.stop();
});

const unsigned = (target: string): RequestToSend => ({ method: 'GET', target, headers: [['Host', HOST]] });
const post = (target: string, body = '{"item":"a pen"}') =>
  forward({ method: 'POST', target, headers: [['Content-Type', 'application/json']], body });

/** Two tenants, each with a key and an invoice; the first one has an older secret too. */
const TENANTS = `
  insert into signing_keys values ('${KEY}', 'acme'), ('${OTHER.key}', 'globex');
  insert into signing_secrets values
    ('${KEY}', 'an older secret', now() - interval '1 day'), ('${KEY}', '${SECRET}', now()),
    ('${OTHER.key}', '${OTHER.secret}', now());
  insert into invoices values ('acme', 1), ('globex', 2)`;

it('the folder examples has exactly the tested examples', () => {
  const folders = readdirSync('examples', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = ['minimal', 'multi-tenant', 'replay-redis', 'serverless', 'websocket'];
  expect(folders.map(({ name }) => name)).toEqual(names);
});

describe.each(platforms)('the examples on $name', (platform) => {
  const start = async (example: string, options?: StartOptions) => {
    const { AppModule } = await load<{ AppModule: Type }>(join(EXAMPLES, example), 'app.module.js');
    return startForTest(platform, AppModule, options);
  };

  it('minimal: accepts a signed request, and refuses an unsigned one', async () => {
    const { port } = await start('minimal');
    expect(await send(port, forward({ target: '/orders/42' }))).toMatchObject({ status: 200, text: '{"id":"42"}' });
    expect(await send(port, unsigned('/orders/42'))).toMatchObject(unauthorized('AUTHORIZATION_MISSING'));
  });

  it('multi-tenant: shows each tenant its own invoices', async () => {
    const { app, port } = await start('multi-tenant');
    await fill(app);
    const ask = (options = {}) => send(port, forward({ target: '/invoices' }, options));
    expect(await ask()).toMatchObject({ status: 200, text: '[{"number":1}]' });
    expect(await ask(OTHER)).toMatchObject({ status: 200, text: '[{"number":2}]' });
    expect(await ask({ secret: OTHER.secret })).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
  });

  it('multi-tenant: accepts an older secret, and refuses a key as soon as it is revoked', async () => {
    const { app, port } = await start('multi-tenant');
    const database = await fill(app);
    const ask = () => send(port, forward({ target: '/invoices' }, { secret: 'an older secret' }));
    expect(await ask()).toMatchObject({ status: 200, text: '[{"number":1}]' });
    await database.rows('delete from signing_keys where key = $1', KEY);
    expect(await ask()).toMatchObject(unauthorized('KEY_UNKNOWN'));
  });

  it('multi-tenant: refuses a key name that is SQL', async () => {
    const { app, port } = await start('multi-tenant');
    await fill(app);
    const injected = forward({ target: '/invoices' }, { key: "' or tenant = 'acme' --" });
    expect(await send(port, injected)).toMatchObject(unauthorized('KEY_UNKNOWN'));
  });

  it('replay-redis: accepts a signature once, on one of two applications', async () => {
    const apps = [await start('replay-redis'), await start('replay-redis')];
    const request = post(`/payments?on=${platform.name}`);
    const replies: Reply[] = [];
    for (const { port } of apps) replies.push(await send(port, request));
    expect(replies).toMatchObject([{ status: 201, text: 'paid' }, unauthorized('REPLAYED')]);
    expect(await send(apps[0]!.port, { ...request, body: Buffer.from('{}') })).toMatchObject({ status: 401 });
  });

  it('websocket: answers a signed connection, and closes the others with 4401', async () => {
    const { port } = await start('websocket', { prepare: (app) => app.useWebSocketAdapter(new WsAdapter(app)) });
    await expectMessages(port);
  });
});

/** Puts the tenants into the database of a running application. */
async function fill(app: INestApplication) {
  interface Database {
    rows(sql: string, ...parameters: unknown[]): Promise<unknown[]>;
  }
  const { Database } = await load<{ Database: Type<Database> }>(join(EXAMPLES, 'multi-tenant'), 'signing-keys.js');
  const database = app.get(Database, { strict: false });
  for (const statement of TENANTS.split(';')) await database.rows(statement);
  return database;
}

/** Expects that a signed connection is answered, and that no other one stays open. */
async function expectMessages(port: number) {
  const connect = (request: RequestToSend) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/messages`, { headers: Object.fromEntries(request.headers) });
    onTestFinished(() => socket.terminate());
    return socket;
  };
  const signed = connect(forward({ target: '/messages' }));
  await once(signed, 'open');
  signed.send('{"event":"say","data":"hello"}');
  expect(String((await once(signed, 'message'))[0])).toBe(`{"event":"said","data":"${KEY}: hello"}`);
  const [status, reason] = (await once(connect(unsigned('/messages')), 'close')) as [number, Buffer];
  expect([status, String(reason)]).toEqual([4401, 'AUTHORIZATION_MISSING']);
}

describe('main.ts of an example', () => {
  /** Starts it on a free port, as a process of its own. */
  const startMain = async (example: string, env: Record<string, string> = {}) => {
    const port = await freePort();
    const main = join(EXAMPLES, example, 'main.js');
    const child = spawn(process.execPath, [main], { env: { ...process.env, ...env, PORT: String(port) } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += String(text)));
    const ended = once(child, 'close');
    onTestFinished(async () => {
      child.kill();
      await ended;
    });
    while (child.exitCode === null) {
      const answer = await send(port, unsigned('/')).catch(() => undefined);
      if (answer) return port;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${main} ended:\n${output}`);
  };

  it('minimal', async () => {
    const port = await startMain('minimal');
    expect((await send(port, forward({ target: '/orders/7' }))).text).toBe('{"id":"7"}');
  });

  it('multi-tenant: keeps its data in PGLITE_FOLDER', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tenants-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { SCHEMA } = await load<{ SCHEMA: string }>(join(EXAMPLES, 'multi-tenant'), 'signing-keys.js');
    const postgres = new PGlite(folder);
    await postgres.exec(`${SCHEMA};${TENANTS}`);
    await postgres.close();
    const port = await startMain('multi-tenant', { PGLITE_FOLDER: folder });
    expect((await send(port, forward({ target: '/invoices' }, OTHER))).text).toBe('[{"number":2}]');
  });

  it('replay-redis', async () => {
    const port = await startMain('replay-redis');
    const request = post('/payments?on=main');
    expect(await send(port, request)).toMatchObject({ status: 201, text: 'paid' });
    expect(await send(port, request)).toMatchObject(unauthorized('REPLAYED'));
  });

  it('websocket', async () => {
    await expectMessages(await startMain('websocket'));
  });
});

describe('the function of the example serverless', () => {
  interface Answer {
    readonly statusCode: number;
    readonly body: string;
  }
  type Handler = (event: object, context: object) => Promise<Answer>;

  const bodyOf = ({ body }: RequestToSend) => ({
    body: Buffer.from(body as Uint8Array).toString('base64'),
    isBase64Encoded: true,
  });
  const eventOf: Record<'1.0' | '2.0', (request: RequestToSend) => object> = {
    '1.0': (request) => ({
      ...{ version: '1.0', httpMethod: request.method, path: request.target, ...bodyOf(request) },
      multiValueHeaders: Object.fromEntries(request.headers.map(([name, value]) => [name, [value]])),
      requestContext: {},
    }),
    '2.0': (request) => ({
      ...{ version: '2.0', rawPath: request.target, rawQueryString: '', ...bodyOf(request) },
      headers: Object.fromEntries(request.headers),
      requestContext: { http: { method: request.method, path: request.target, sourceIp: '127.0.0.1' } },
    }),
  };

  it.each(['1.0', '2.0'] as const)('answers events of format %s, and refuses another body', async (version) => {
    const { handler } = await load<{ handler: Handler }>(join(EXAMPLES, 'serverless'), 'handler.js');
    const call = (request: RequestToSend) => handler(eventOf[version](request), {});
    const request = post('/orders');
    expect(await call(request)).toMatchObject({ statusCode: 201 });
    const changed = await call({ ...request, body: Buffer.from('{"item":"a car"}') });
    expect(changed).toMatchObject({ statusCode: 401 });
    expect(Buffer.from(changed.body, 'base64').toString()).toContain('"SIGNATURE_MISMATCH"');
  });
});
