import type { Server } from 'node:http';
import { inspect } from 'node:util';
import { Controller, Get, Inject, Module, Post, Req, type INestApplication } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import supertest from 'supertest';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ApigSignatureModule,
  RequireApigSignature,
  SignatureGuard,
  SignedHeader,
  SignerService,
  SkipApigSignature,
  VerifiedSignature,
  type VerdictEvent,
  type VerifiedEvent,
  type VerifiedRequest,
} from '../../src/index.js';
import { overrideSignature, TestGateway } from '../../src/testing.js';
import { KEYS } from '../support/gateway.js';
import { fastify, platforms, type Platform } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

@RequireApigSignature({ signedIfPresent: ['content-type'] })
@Controller('decorated')
class DecoratedController {
  @Post()
  call(@VerifiedSignature() caller: VerifiedRequest, @SignedHeader('x-tenant') tenant?: string) {
    return { caller, tenant };
  }
}

@Controller()
class GlobalController {
  constructor(@Inject(SignerService) private readonly signer: SignerService) {}

  @Get('global')
  call(@VerifiedSignature() caller?: VerifiedRequest) {
    return { key: caller?.key };
  }

  @SkipApigSignature()
  @Get('open')
  open(@VerifiedSignature() caller?: VerifiedRequest) {
    return { key: caller?.key ?? 'nobody' };
  }

  @SkipApigSignature()
  @Get('asking')
  async ask(@Req() request: object) {
    const verdict = await this.signer.verify(request);
    return { key: verdict.ok ? verdict.key : verdict.refusal.code };
  }
}

/** An application as its users' tests import it: guarded globally and by decorators, configured or not. */
function appModule(...options: Parameters<typeof ApigSignatureModule.forRoot>) {
  @Module({
    imports: [ApigSignatureModule.forRoot(...options)],
    controllers: [DecoratedController, GlobalController],
    providers: [{ provide: APP_GUARD, useExisting: SignatureGuard }],
  })
  class AppModule {}
  return AppModule;
}

const NO_KEYS = appModule();
const OTHER_KEYS = appModule({ keys: KEYS, requiredSignedHeaders: ['x-tenant'] });

type Change = (builder: TestingModuleBuilder) => TestingModuleBuilder;

async function startTesting(platform: Platform, module: object, change: Change): Promise<INestApplication> {
  const builder = change(Test.createTestingModule({ imports: [module as never] }));
  const app = (await builder.compile()).createNestApplication(platform.adapter(), { logger: false });
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  return app;
}

const server = (app: INestApplication) => supertest(app.getHttpServer() as Server);

const POST = {
  method: 'POST',
  url: '/decorated?a=1',
  headers: { 'Content-Type': 'application/json', 'X-Tenant': 'mine' },
  body: '{"n":1}',
} as const;

describe.each(platforms)('TestGateway, and an application on $name', (platform) => {
  it('signs for supertest and for fetch', async () => {
    const gateway = new TestGateway();
    const app = await startTesting(platform, NO_KEYS, (builder) => gateway.trustedBy(builder));
    const signed = gateway.sign(POST);
    const caller = { ok: true, key: 'test_key', date: '2026-01-15T09:30:45.000Z', bodyVerified: true };
    const { body } = await server(app).post(signed.url).set(signed.headers).send(signed.body).expect(201);
    expect(body).toMatchObject({ caller, tenant: 'mine' });
    const reply = await fetch((await app.getUrl()) + signed.url, signed);
    expect(await reply.json()).toEqual(body);
    const beyondAscii = gateway.sign({ ...POST, headers: { ...POST.headers, 'X-Tenant': 'Zoë' } });
    const other = await fetch((await app.getUrl()) + beyondAscii.url, beyondAscii);
    expect(await other.json()).toEqual({ ...body, tenant: Buffer.from('Zoë').toString('latin1') });
  });

  it('gets its refusals', async () => {
    const gateway = new TestGateway({ now: Date.UTC(2030, 0) });
    const app = await startTesting(platform, NO_KEYS, (builder) => gateway.trustedBy(builder));
    const get = async (options: Parameters<TestGateway['sign']>[1]) => {
      const { url, headers } = gateway.sign({ method: 'GET', url: '/global' }, options);
      return server(app).get(url).set(headers);
    };
    expect(await get({})).toMatchObject({ status: 200, body: { key: 'test_key' } });
    expect(await get({ secret: 'another' })).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
    expect(await get({ key: 'another' })).toMatchObject(unauthorized('KEY_UNKNOWN'));
    expect(await get({ date: Date.UTC(2030, 0) - 901_000 })).toMatchObject(unauthorized('SIGNATURE_EXPIRED'));
    expect(await server(app).get('/global')).toMatchObject(unauthorized('AUTHORIZATION_MISSING'));
  });

  it('replaces the configured keys and the clock, and keeps the other options', async () => {
    let now = Date.UTC(2026, 1);
    const gateway = new TestGateway({ key: 'signature_key2', secret: 'signature_secret2', now: () => now });
    const app = await startTesting(platform, OTHER_KEYS, (builder) => gateway.trustedBy(builder));
    const call = (headers: Record<string, string>, options = {}) => {
      const signed = gateway.sign({ method: 'GET', url: '/global', headers }, options);
      return server(app).get(signed.url).set(signed.headers);
    };
    const tenant = { 'X-Tenant': 'a' };
    expect(await call(tenant)).toMatchObject({ status: 200, body: { key: 'signature_key2' } });
    now += 3_600_000;
    expect(await call(tenant)).toMatchObject({ status: 200, body: { key: 'signature_key2' } });
    const [[key, secret] = []] = Object.entries(KEYS);
    expect(await call(tenant, { key, secret })).toMatchObject(unauthorized('KEY_UNKNOWN'));
    expect(await call({})).toMatchObject(unauthorized('HEADER_NOT_SIGNED', 'x-tenant'));
  });
});

describe('TestGateway', () => {
  it('signs for inject()', async () => {
    const gateway = new TestGateway();
    const app = await startTesting(fastify, NO_KEYS, (builder) => gateway.trustedBy(builder));
    const reply = await (app as NestFastifyApplication).inject(gateway.sign(POST));
    expect(reply.json()).toMatchObject({ caller: { key: 'test_key' } });
    const forged = await (app as NestFastifyApplication).inject({ ...gateway.sign(POST), body: '{"n":2}' });
    expect(forged.json()).toMatchObject({ code: 'SIGNATURE_MISMATCH' });
  });

  it('gives the same signature for the same request', () => {
    const gateway = new TestGateway({ secret: 'known' });
    expect(gateway.sign(POST)).toEqual(
      new TestGateway({ secret: 'known', now: new Date('2026-01-15T09:30:45Z') }).sign(POST),
    );
    expect(gateway.sign(POST)).not.toEqual(new TestGateway().sign(POST));
  });

  it('does not show its secret', () => {
    expect(inspect(new TestGateway({ secret: 'known to few' }), { showHidden: true })).not.toContain('known to few');
    expect(() => new TestGateway({ key: 'a,b', secret: 'known to few' })).toThrow(
      new TypeError(
        'keys: the name of key 1 of 1 is not valid (3 characters); ' +
          'expected 1 to 128 printable ASCII characters, no comma',
      ),
    );
  });
});

describe.each(platforms)('overrideSignature, and an application on $name', (platform) => {
  it('needs no keys at the start, even if a route has allowedKeys', async () => {
    const module = appModule({ allowedKeys: ['signature_key1', 'a key of no keyring'] });
    const app = await startTesting(platform, module, (builder) => overrideSignature(builder, { key: 'other' }));
    expect(await server(app).get('/global')).toMatchObject({ status: 200, body: { key: 'other' } });
  });

  it.each([
    ['without keys', NO_KEYS],
    ['with keys', OTHER_KEYS],
  ])('%s lets unsigned requests through, decorated and global, and gives handlers a verdict', async (_, module) => {
    const app = await startTesting(platform, module, (builder) => overrideSignature(builder, { key: 'a_key' }));
    const { body } = await server(app).post('/decorated').set('X-Tenant', 'mine').send({ n: 1 }).expect(201);
    expect(body).toMatchObject({
      caller: { ok: true, key: 'a_key', secretIndex: 0, date: expect.any(String), bodyVerified: true },
      tenant: 'mine',
    });
    await server(app).get('/global').expect(200, { key: 'a_key' });
    await server(app).get('/asking').expect(200, { key: 'a_key' });
    await server(app).get('/open').expect(200, { key: 'nobody' });
  });

  it('gives the verdict that the test sets', async () => {
    const date = new Date(0);
    const verdict = { key: 'a_key', date, bodyVerified: false, signedHeaders: ['x-sdk-date'], secretIndex: 1 };
    const app = await startTesting(platform, NO_KEYS, (builder) => overrideSignature(builder, verdict));
    const { body } = await server(app).post('/decorated').set('X-Tenant', 'mine').send({ n: 1 }).expect(201);
    expect(body).toEqual({ caller: { ok: true, ...verdict, date: date.toISOString() } });
  });
});

describe('overrideSignature', () => {
  it.each([
    [undefined, 0],
    [60_000, 60],
  ])('gives onVerdict the skew of a date that is %s ms ahead', async (ahead, skew) => {
    const events: VerdictEvent[] = [];
    const date = ahead === undefined ? {} : { date: new Date(Date.now() + ahead) };
    const module = appModule({ keys: KEYS, onVerdict: (event) => void events.push(event) });
    const app = await startTesting(fastify, module, (builder) => overrideSignature(builder, { key: 'a_key', ...date }));
    await server(app).get('/global').expect(200);
    expect(events).toEqual([expect.objectContaining({ ok: true, key: 'a_key' })]);
    expect(Math.round((events[0] as VerifiedEvent).skew)).toBe(skew);
  });

  it("leaves the application's keys for signing, and says so if there are none", async () => {
    const override: Change = (builder) => overrideSignature(builder, { key: 'a_key' });
    const request = { method: 'GET', target: '/', headers: [] };
    const [key = ''] = Object.keys(KEYS);
    const signer = (await startTesting(fastify, OTHER_KEYS, override)).get(SignerService);
    expect((await signer.sign(request, { key })).authorization).toContain(`Access=${key},`);
    const keyless = (await startTesting(fastify, NO_KEYS, override)).get(SignerService);
    await expect(keyless.sign(request, { key })).rejects.toThrow('No signing keys: set APIG_SIGNATURE_KEYS');
  });
});
