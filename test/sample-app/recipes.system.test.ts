import { readFileSync } from 'node:fs';
import type { INestApplication, Type } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, HOST, KEY, SECRET } from '../support/gateway.js';
import { send, type RequestToSend } from '../support/http-client.js';
import { nginxForTest } from '../support/nginx.js';
import { platforms, startForTest, type RunningApp } from '../support/platforms.js';
import { built } from '../support/programs.js';
import { compile, emptyFolder, load, PATIENCE, write } from './readme.blocks.js';

built('dist/esm/index.js');

const RECIPES = readFileSync('docs/recipes.md', 'utf8');
const FOLDER = 'dist/recipes';

const OTHER = { key: 'signature_key2', secret: 'another secret of the tests' };

interface Recipe {
  readonly AppModule: Type;
  readonly describeApi: (app: INestApplication) => object;
}

/** The code under each heading, by the heading. */
const blocks = new Map(
  Array.from(RECIPES.matchAll(/^## (.+?)\n.*?^```(ts|nginx)\n(.*?)^```$/gms), ([, heading, , code]) => [
    heading!,
    code!,
  ]),
);

function fileOf(heading: string): string {
  return `${heading.toLowerCase().replace(/\W+/g, '-')}.ts`;
}

const recipe = (heading: string) => load<Recipe>(FOLDER, fileOf(heading).replace('.ts', '.js'));

const orders = forward({ target: '/orders' });
const unsigned: RequestToSend = { ...orders, headers: [['Host', HOST]] };

beforeAll(() => {
  emptyFolder(FOLDER);
  const files = [...blocks].filter(([, code]) => code.startsWith('import'));
  const named = files.map(([heading, code]) => [fileOf(heading), code] as const);
  write(FOLDER, Object.fromEntries(named));
  compile(
    FOLDER,
    named.map(([name]) => name),
    '--strict',
    '--isolatedModules',
    '--skipLibCheck',
  );
  process.env.APIG_SIGNATURE_KEYS = JSON.stringify({ [KEY]: SECRET, [OTHER.key]: OTHER.secret });
}, PATIENCE);
afterAll(() => {
  delete process.env.APIG_SIGNATURE_KEYS;
});

it('the recipes are exactly the tested ones', () => {
  expect([...blocks.keys()]).toEqual([
    'Health checks with Terminus',
    'Swagger',
    'Throttler: which guard comes first',
    'Behind nginx',
    'GraphQL',
  ]);
});

describe.each(platforms)('the recipe, on $name', (platform) => {
  const run = async (heading: string): Promise<RunningApp> =>
    startForTest(platform, (await recipe(heading)).AppModule, { adapter: platform.adapter() });

  it('for health checks', async () => {
    const { port } = await run('Health checks with Terminus');
    const health = await send(port, { ...unsigned, target: '/health' });
    expect([health.status, JSON.parse(health.text)]).toMatchObject([200, { status: 'ok' }]);
    expect((await send(port, orders)).status).toBe(200);
    expect((await send(port, unsigned)).status).toBe(401);
  });

  it('for Swagger', async () => {
    const { app, port } = await run('Swagger');
    expect((await recipe('Swagger')).describeApi(app)).toMatchObject({
      components: { securitySchemes: { apig: { type: 'apiKey', in: 'header', name: 'Authorization' } } },
      paths: { '/orders': { get: { security: [{ apig: [] }], responses: { 401: {} } } } },
    });
    expect((await send(port, unsigned)).status).toBe(401);
  });

  it('for the throttler', async () => {
    const { port } = await run('Throttler: which guard comes first');
    const statuses = async (request: RequestToSend, times: number) => {
      const found: number[] = [];
      while (found.length < times) found.push((await send(port, request)).status);
      return found;
    };
    expect(await statuses(unsigned, 7)).toEqual(Array(7).fill(401));
    expect(await statuses(orders, 6)).toEqual([200, 200, 200, 200, 200, 429]);
    // Another tenant has a share of its own.
    expect(await statuses(forward({ target: '/orders' }, OTHER), 1)).toEqual([200]);
  });

  it('for nginx', async () => {
    const { port } = await run('Health checks with Terminus');
    const proxy = await nginxForTest(port, blocks.get('Behind nginx')!);
    const target = '/orders?b=2&a=%c3%a9+x&a=';
    expect((await send(proxy, forward({ target, headers: [['Host', 'api.example:8443']] }))).status).toBe(200);
  });

  it('for GraphQL', async () => {
    const { port } = await run('GraphQL');
    const query = { method: 'POST', target: '/graphql', body: '{"query":"{ caller }"}' };
    const request = forward({ ...query, headers: [['Content-Type', 'application/json']] });
    expect((await send(port, request)).text).toBe(`{"data":{"caller":"${KEY}"}}\n`);
    const isForged = ([name]: readonly [string, string]) => name !== 'Authorization';
    const refused = await send(port, { ...request, headers: request.headers.filter(isForged) });
    expect(refused.text).toContain('"AUTHORIZATION_MISSING"');
  });
});
