import { All, Controller, Get, Module, Post, type ModuleMetadata } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_GUARD } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  ApigSignatureModule,
  RequireApigSignature,
  SignatureGuard,
  SignedHeader,
  SkipApigSignature,
  VerifiedSignature,
  type VerifiedRequest,
} from 'nestjs-apig-signature';
import { signRequest } from 'nestjs-apig-signature/core';
import { overrideSignature, TestGateway } from 'nestjs-apig-signature/testing';
import { adapterNames, send, start, type RequestToSend, type TestApplication } from './start.js';

@RequireApigSignature()
@Controller()
class HelloController {
  @All(':id')
  hello(@VerifiedSignature() caller: VerifiedRequest) {
    return `Hello ${caller.key}!`;
  }
}

@Module({
  imports: [ConfigModule.forRoot({ ignoreEnvFile: true }), ApigSignatureModule.forRoot()],
  controllers: [HelloController],
})
class AppModule {}

@SkipApigSignature()
@Controller('health')
class HealthController {
  @Get()
  health() {
    return 'ok';
  }
}

@RequireApigSignature({ unsignedPayload: 'refuse' })
@Controller('orders')
class OrdersController {
  @RequireApigSignature({ allowedKeys: ['signature_key2'] })
  @Post()
  order() {
    return 'ordered';
  }
}

/** Under the global guard alone. */
@Controller('reports')
class ReportsController {
  @Post()
  report(@VerifiedSignature() caller: VerifiedRequest, @SignedHeader('x-tenant') tenant = 'nobody') {
    return { by: caller.key, tenant };
  }
}

@Module({
  imports: [ApigSignatureModule.forRoot()],
  controllers: [HealthController, OrdersController, ReportsController],
  providers: [{ provide: APP_GUARD, useExisting: SignatureGuard }],
})
class GuardedModule {}

let app: TestApplication;
afterEach(() => app.close());

const builderOf = (module: NonNullable<ModuleMetadata['imports']>[number]) =>
  Test.createTestingModule({ imports: [module] });

describe.each(adapterNames)('the README’s first example, on %s', (adapter) => {
  beforeEach(async () => {
    process.env.APIG_SIGNATURE_KEYS = '{"signature_key1":"signature_secret1"}';
    app = await start(await builderOf(AppModule).compile(), adapter);
  });
  afterEach(() => {
    delete process.env.APIG_SIGNATURE_KEYS;
  });

  const UNSIGNED: RequestToSend = { method: 'GET', url: '/42', headers: {} };

  it('answers the request that call.mjs signs', async () => {
    const request = { method: 'GET', target: '/42', headers: [] };
    const { headers } = signRequest(request, { key: 'signature_key1', secret: 'signature_secret1' });
    await send(app, { ...UNSIGNED, headers: Object.fromEntries(headers) }).expect(200, 'Hello signature_key1!');
  });

  it('refuses an unsigned request', async () => {
    const { body } = await send(app, UNSIGNED).expect(401).expect('WWW-Authenticate', 'SDK-HMAC-SHA256');
    expect(body).toMatchObject({ code: 'AUTHORIZATION_MISSING', message: 'Authorization not found.' });
  });

  it('accepts a body whose Content-Type is not signed', async () => {
    const request = { method: 'POST', target: '/42', headers: [], body: Buffer.from('a=1') };
    const { headers } = signRequest(request, { key: 'signature_key1', secret: 'signature_secret1' });
    const form = { 'Content-Type': 'application/x-www-form-urlencoded', ...Object.fromEntries(headers) };
    await send(app, { method: 'POST', url: '/42', headers: form, body: 'a=1' }).expect(200, 'Hello signature_key1!');
  });
});

describe.each(adapterNames)('the guarded application of the guide, on %s', (adapter) => {
  const REPORT = { method: 'POST', url: '/reports', headers: { 'X-Tenant': 'acme' } } as const;
  const ORDER = { method: 'POST', url: '/orders', headers: {} } as const;

  const startFor = async (gateway: TestGateway) => {
    app = await start(await gateway.trustedBy(builderOf(GuardedModule)).compile(), adapter);
  };

  it('is open only on routes with @SkipApigSignature()', async () => {
    await startFor(new TestGateway());
    await send(app, { method: 'GET', url: '/health', headers: {} }).expect(200, 'ok');
    await send(app, REPORT).expect(401);
    await send(app, ORDER).expect(401);
  });

  it('gives a handler the key, and a header only if the signature covers it', async () => {
    const gateway = new TestGateway({ key: 'signature_key1' });
    await startFor(gateway);
    await send(app, gateway.sign(REPORT)).expect(201, { by: 'signature_key1', tenant: 'acme' });
    const dateAlone = gateway.sign(REPORT, { signedHeaders: ['x-sdk-date'] });
    await send(app, dateAlone).expect(201, { by: 'signature_key1', tenant: 'nobody' });
  });

  it.each([
    ['signature_key2', 201],
    ['signature_key1', 401],
  ])('answers %s with %d on a route that names the keys that may call', async (key, status) => {
    const gateway = new TestGateway({ key });
    await startFor(gateway);
    await send(app, gateway.sign(ORDER)).expect(status);
  });

  it('refuses an unsigned body on a controller that requires a signed one', async () => {
    const gateway = new TestGateway({ key: 'signature_key2' });
    await startFor(gateway);
    const headers = { 'X-Sdk-Content-Sha256': 'UNSIGNED-PAYLOAD' };
    const { body } = await send(app, gateway.sign({ ...ORDER, headers })).expect(401);
    expect(body).toMatchObject({ code: 'UNSIGNED_PAYLOAD', message: 'The body must be signed.' });
  });

  it('gives handlers the caller that a test sets', async () => {
    const builder = overrideSignature(builderOf(GuardedModule), { key: 'signature_key2' });
    app = await start(await builder.compile(), adapter);
    await send(app, REPORT).expect(201, { by: 'signature_key2', tenant: 'acme' });
  });
});
