import type { IncomingMessage, ServerResponse } from 'node:http';
import { All, Controller, Module, Next, Req, Res, type DynamicModule } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ApigSignatureModule,
  RequireApigSignature,
  SignatureGuard,
  VerifiedSignature,
  type VerifiedRequest,
} from '../../src/index.js';
import { forward, KEY } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { express, platforms, startForTest, type Platform, type StartOptions } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

const SHARED = 'a secret that both know';
const SECRETS = { outer: 'the secret of the outer one', inner: 'the secret of the inner one' };
type Name = keyof typeof SECRETS;
type Handler = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** An application that knows `KEY` by a secret of its own, and answers who it thinks called. */
function application(name: Name, handOn?: Handler): DynamicModule {
  @RequireApigSignature()
  @Controller()
  class AnsweringController {
    @All('*')
    answer(@VerifiedSignature() { key }: VerifiedRequest) {
      return `${name}: ${key}`;
    }
  }

  @RequireApigSignature()
  @Controller('handed-on')
  class HandingOnController {
    @All()
    handOn(@Req() request: IncomingMessage, @Res() response: ServerResponse, @Next() next: () => void) {
      response.setHeader('X-Passed', name);
      handOn?.(request, response, next);
    }
  }

  @Module({})
  class AppModule {}
  return {
    module: AppModule,
    imports: [ApigSignatureModule.forRoot({ keys: { [KEY]: SECRETS[name], shared: SHARED } })],
    controllers: handOn ? [HandingOnController, AnsweringController] : [AnsweringController],
  };
}

/** Starts one, with what a main.ts does before it listens; answers the port. */
async function startOne(platform: Platform, module: DynamicModule, prepare?: StartOptions['prepare']): Promise<number> {
  return (await startForTest(platform, module, prepare && { prepare })).port;
}

const requestTo = (target: string, key: string, secret: string) => forward({ target }, { key, secret });
const mismatch = unauthorized('SIGNATURE_MISMATCH');

it.each(platforms)(
  'two applications in one process may have different secrets for one key, on $name',
  async (platform) => {
    const outer = await startOne(platform, application('outer'));
    const inner = await startOne(platform, application('inner'));
    const ask = (port: number, secretOf: Name) => send(port, requestTo('/any', KEY, SECRETS[secretOf]));
    expect(await ask(outer, 'outer')).toMatchObject({ status: 200, text: `outer: ${KEY}` });
    expect(await ask(outer, 'inner')).toMatchObject(mismatch);
    expect(await ask(inner, 'outer')).toMatchObject(mismatch);
    expect(await ask(inner, 'inner')).toMatchObject({ status: 200, text: `inner: ${KEY}` });
  },
);

describe('an application mounted in another one, on Express', () => {
  async function startBoth(): Promise<number> {
    const innerApp = await NestFactory.create(application('inner'), { logger: false, abortOnError: false });
    await innerApp.init();
    onTestFinished(() => innerApp.close());
    const inner = innerApp.getHttpAdapter().getInstance() as Handler;
    return startOne(express, application('outer', inner), (app) => void app.use('/mounted', inner));
  }

  it.each<[target: string, key: string, secret: string, expected: object]>([
    ['/mounted/any', KEY, SECRETS.inner, { status: 200, text: `inner: ${KEY}` }],
    ['/mounted/any', KEY, SECRETS.outer, mismatch],
    ['/any', KEY, SECRETS.inner, mismatch],
    ['/any', KEY, SECRETS.outer, { status: 200, text: `outer: ${KEY}` }],
  ])('%s, under middleware, key %s, %s', async (target, key, secret, expected) => {
    expect(await send(await startBoth(), requestTo(target, key, secret))).toMatchObject(expected);
  });

  it('judges a request again that the outer application verified', async () => {
    const port = await startBoth();
    const ask = (key: string, secret: string) => send(port, requestTo('/handed-on', key, secret));
    const both = await ask('shared', SHARED);
    expect(both).toMatchObject({ status: 200, text: 'inner: shared', headers: { 'x-passed': 'outer' } });
    const outerAlone = await ask(KEY, SECRETS.outer);
    expect(outerAlone).toMatchObject({ ...mismatch, headers: { 'x-passed': 'outer' } });
    const innerAlone = await ask(KEY, SECRETS.inner);
    expect(innerAlone).toMatchObject(mismatch);
    expect(innerAlone.headers).not.toHaveProperty('x-passed');
  });
});

describe('a controller in an application and in its mounted application', () => {
  it('gets only verdicts of guards of its own application', async () => {
    @Controller()
    class SharedController {
      @All('*')
      answer(
        @VerifiedSignature() caller: VerifiedRequest | undefined,
        @Req() request: IncomingMessage,
        @Res() response: ServerResponse,
        @Next() next: () => void,
      ) {
        if (response.hasHeader('X-Outer')) return void response.end(`inner: ${caller?.key ?? 'nobody'}`);
        response.setHeader('X-Outer', caller?.key ?? 'nobody');
        inner(request, response, next);
      }
    }

    @Module({ controllers: [SharedController] })
    class UnguardedModule {}
    const innerApp = await NestFactory.create(UnguardedModule, { logger: false, abortOnError: false });
    await innerApp.init();
    onTestFinished(() => innerApp.close());
    const inner = innerApp.getHttpAdapter().getInstance() as Handler;

    @Module({
      imports: [ApigSignatureModule.forRoot({ keys: { [KEY]: SHARED } })],
      controllers: [SharedController],
      providers: [{ provide: APP_GUARD, useExisting: SignatureGuard }],
    })
    class GuardedModule {}
    const { port } = await startForTest(express, GuardedModule);
    const reply = await send(port, requestTo('/any', KEY, SHARED));
    expect(reply).toMatchObject({ status: 200, text: 'inner: nobody', headers: { 'x-outer': KEY } });
  });
});
