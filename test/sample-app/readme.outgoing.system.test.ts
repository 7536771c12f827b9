import { HttpModule } from '@nestjs/axios';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { ApigSignatureModule } from 'nestjs-apig-signature';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catchAll } from '../support/catch-all.js';
import { platforms, start, type RunningApp } from '../support/platforms.js';
import { built } from '../support/programs.js';
import { blockWith, compile, emptyFolder, load, PATIENCE, write } from './readme.blocks.js';

built('dist/esm/index.js');

/** The guide's class that calls an API behind the gateway. */
interface OrdersApi {
  orderByFetch(url: URL, order: object): Promise<Response>;
  orderByAxios(url: URL, order: object): Promise<{ status: number; data: unknown }>;
}

const FOLDER = 'dist/readme-outgoing';
const KEYS = { app_key: 'the secret of an app' };
/** Texts that clients may write in different ways. */
const ORDER = { text: ' "Zoë" \u2028 </script> ', n: 1e21, list: [undefined, null], nested: { '%': '+&=' } };

/** The class and the module that its `SignerService` is of: not the sources, which tests are made of elsewhere. */
interface Caller {
  readonly OrdersApi: new (...args: never[]) => OrdersApi;
  readonly ApigSignatureModule: typeof ApigSignatureModule;
}

let ofGuide: Caller;

beforeAll(async () => {
  const code = blockWith('docs/guide/calling-apis.md', 'ts', 'class OrdersApi');
  emptyFolder(FOLDER);
  write(FOLDER, { 'orders.api.ts': `${code}\nexport { ApigSignatureModule } from 'nestjs-apig-signature';\n` });
  compile(FOLDER, ['orders.api.ts'], '--skipLibCheck');
  ofGuide = await load<Caller>(FOLDER, 'orders.api.js');
}, PATIENCE);

describe.each(platforms)('the guide’s calls of an API behind the gateway, as $name verifies them', (platform) => {
  let caller: INestApplicationContext;
  let callee: RunningApp;
  let api: OrdersApi;
  const url = (query = 'a=b%20c&d=1+2&a=%C3%A9') =>
    new URL(`http://127.0.0.1:${callee.port}/v1/orders/caf%C3%A9?${query}`);

  beforeAll(async () => {
    callee = await start(platform, catchAll({ keys: KEYS, requiredSignedHeaders: ['host', 'content-type'] }));
    const { OrdersApi, ApigSignatureModule } = ofGuide;
    const imports = [HttpModule, ApigSignatureModule.forRoot({ keys: KEYS })];
    @Module({ imports, providers: [OrdersApi] })
    class CallerModule {}
    caller = await NestFactory.createApplicationContext(CallerModule, { logger: false, abortOnError: false });
    api = caller.get(OrdersApi);
  });
  afterAll(async () => {
    await caller.close();
    await callee.app.close();
  });

  const accepted = { key: 'app_key', bodyVerified: true };

  it('are accepted by fetch', async () => {
    const reply = await api.orderByFetch(url(), ORDER);
    expect([reply.status, await reply.json()]).toEqual([200, accepted]);
  });

  it('are accepted by axios', async () => {
    const { status, data } = await api.orderByAxios(url(), ORDER);
    expect([status, data]).toEqual([200, accepted]);
  });
});
