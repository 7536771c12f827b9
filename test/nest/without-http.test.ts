import type { AddressInfo, Server } from 'node:net';
import { Controller, Module, UseInterceptors, type Type } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Transport, type TcpOptions } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ApigSignatureModule,
  RawBodyInterceptor,
  RequireApigSignature,
  SignatureGuard,
  SignerService,
  SkipApigSignature,
  VerifiedSignature,
  type VerifiedRequest,
} from '../../src/index.js';
import { createVerifier, type RequestToSign } from '../../src/core/index.js';
import { HOST, KEY, KEYS } from '../support/gateway.js';
import { RecordedLog } from '../support/recorded-log.js';

const request: RequestToSign = { method: 'GET', target: '/hello?a=1', headers: [['Host', HOST]] };

/** Expects of an application's SignerService a signature that a verifier with its keys accepts. */
async function expectSigner(signer: SignerService): Promise<void> {
  const { headers } = await signer.sign(request, { key: KEY });
  const verdict = createVerifier({ keys: KEYS }).verify({ method: 'GET', target: request.target, headers });
  expect(verdict).toMatchObject({ ok: true, key: KEY, signedHeaders: ['host', 'x-sdk-date'] });
}

describe('an application context', () => {
  @Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS })] })
  class AppModule {}

  it('starts, signs, and refuses to sign with an unknown key', async () => {
    const context = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    onTestFinished(() => context.close());
    const signer = context.get(SignerService);
    await expectSigner(signer);
    await expect(signer.sign(request, { key: 'other' })).rejects.toThrow(new Error('No signing key "other"'));
  });

  it('shuts down like any other application', async () => {
    @Module({ imports: [ApigSignatureModule.forRoot()] })
    class WithoutKeys {}
    const start = NestFactory.createApplicationContext(WithoutKeys, { logger: false, abortOnError: false });
    await expect(start).rejects.toThrow(/^No signing keys: set APIG_SIGNATURE_KEYS /);
  });
});

describe('a microservice', () => {
  class Messages {
    @MessagePattern('ask')
    ask(@VerifiedSignature() caller?: VerifiedRequest) {
      return caller?.key ?? 'nobody';
    }

    @SkipApigSignature()
    @MessagePattern('askOpenly')
    askOpenly(@VerifiedSignature() caller?: VerifiedRequest) {
      return caller?.key ?? 'nobody';
    }

    @SkipApigSignature()
    @UseInterceptors(RawBodyInterceptor)
    @MessagePattern('askIntercepted')
    askIntercepted() {
      return 'called';
    }
  }

  @Controller()
  class PlainMessages extends Messages {}

  @RequireApigSignature()
  @Controller()
  class GuardedMessages extends Messages {}

  async function startWith(controller: Type, isGlobal: boolean) {
    @Module({
      imports: [ApigSignatureModule.forRoot({ keys: KEYS })],
      controllers: [controller],
      providers: isGlobal ? [{ provide: APP_GUARD, useExisting: SignatureGuard }] : [],
    })
    class AppModule {}
    const logger = new RecordedLog();
    const options: TcpOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } };
    const app = await NestFactory.createMicroservice(AppModule, { ...options, logger, abortOnError: false });
    await app.listen();
    const { port } = app.unwrap<Server>().address() as AddressInfo;
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
    onTestFinished(async () => {
      await client.close();
      await app.close();
    });
    return { app, logger, ask: (pattern: string) => firstValueFrom(client.send<string>(pattern, {})) };
  }

  it('starts, signs, and answers unguarded messages', async () => {
    const { app, ask, logger } = await startWith(PlainMessages, false);
    await expectSigner(app.get(SignerService));
    expect(await ask('ask')).toBe('nobody');
    expect(logger.troubles).toEqual([]);
  });

  const remedyAt = ({ name }: Type, handler: string) =>
    `No HTTP request to verify in a context of type "rpc" (${name}.${handler}): ` +
    'give ApigSignatureModule.forRoot() the option getRequest, or mark this handler with @SkipApigSignature(), and not ' +
    'its class, which may have HTTP routes';

  it('refuses messages under RawBodyInterceptor, with the remedy in the log', async () => {
    const { ask, logger } = await startWith(PlainMessages, false);
    await expect(ask('askIntercepted')).rejects.toMatchObject({ status: 'error', message: 'Internal server error' });
    expect(logger.troubles).toEqual([expect.stringContaining(remedyAt(PlainMessages, 'askIntercepted'))]);
  });

  it.each<[what: string, controller: Type, isGlobal: boolean]>([
    ['a global guard', PlainMessages, true],
    ['a decorator', GuardedMessages, false],
  ])(
    'refuses messages under %s with the remedy in the log, but not those of skipped handlers',
    async (_, controller, isGlobal) => {
      const { ask, logger } = await startWith(controller, isGlobal);
      await expect(ask('ask')).rejects.toMatchObject({ status: 'error', message: 'Internal server error' });
      expect(logger.troubles).toEqual([expect.stringContaining(remedyAt(controller, 'ask'))]);
      expect(await ask('askOpenly')).toBe('nobody');
    },
  );
});
