import type { AddressInfo } from 'node:net';
import { Catch, Controller, Get, Inject, Req, type ArgumentsHost } from '@nestjs/common';
import { APP_FILTER, BaseExceptionFilter } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  InjectApigSignatureOptions,
  RequireApigSignature,
  SignatureException,
  SignerService,
  VerifiedSignature,
  type ApigSignatureOptions,
  type PublicApigSignatureOptions,
  type VerdictEvent,
} from '../../src/index.js';
import { overrideSignature } from '../../src/testing.js';
import { echoModule } from '../support/echo.controller.js';
import { forward, KEY } from '../support/gateway.js';
import { copyOf, poison } from '../support/handed-out.js';
import { send, type RequestToSend } from '../support/http-client.js';
import { platforms, startForTest, type Platform } from '../support/platforms.js';

/** All that was handed out since it was taken last. */
let handedOut: Record<string, unknown>[] = [];

function take(): Record<string, unknown>[] {
  const taken = handedOut;
  handedOut = [];
  return taken;
}

@Controller()
class TakingController {
  constructor(
    @InjectApigSignatureOptions() private readonly options: PublicApigSignatureOptions,
    @Inject(SignerService) private readonly signer: SignerService,
  ) {}

  @RequireApigSignature({ requiredSignedHeaders: ['host'] })
  @Get('guarded')
  guarded(@VerifiedSignature() verdict: unknown) {
    handedOut.push({ verdict }, { options: listsIn(this.options) });
    return 'passed';
  }

  @Get('asked')
  async asked(@Req() request: object) {
    handedOut.push({ verdict: await this.signer.verify(request) });
    const toSign = { method: 'GET', target: '/', headers: [['X-Sdk-Date', '20260115T093045Z']] as [string, string][] };
    handedOut.push({ signed: await this.signer.sign(toSign, { key: KEY }) });
    return 'passed';
  }
}

/** Functions cannot be copied, and are not ours. */
function listsIn(options: PublicApigSignatureOptions): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value !== 'function'));
}

@Catch(SignatureException)
class TakingFilter extends BaseExceptionFilter<SignatureException> {
  override catch(exception: SignatureException, host: ArgumentsHost) {
    handedOut.push({ code: exception.code, response: exception.getResponse() });
    super.catch(exception, host);
  }
}

async function startTaking(platform: Platform, options: ApigSignatureOptions) {
  const module = echoModule(
    {
      ...options,
      onVerdict({ duration: _duration, skew: _skew, ...event }: VerdictEvent) {
        handedOut.push({ event });
      },
    },
    [TakingController],
  );
  return startForTest(platform, { ...module, providers: [{ provide: APP_FILTER, useClass: TakingFilter }] });
}

const date = Date.UTC(2026, 0, 15, 9, 30, 45);
const now = () => date;
const sign = (target: string, secret?: string) => forward({ target }, { date, ...(secret ? { secret } : {}) });

describe.each(platforms)('on $name', (platform) => {
  const requests: readonly [string, RequestToSend][] = [
    ['guarded', sign('/guarded')],
    ['refused', sign('/guarded', 'another secret')],
    ['asked by a handler', sign('/asked')],
  ];

  it.each<[string, ApigSignatureOptions]>([
    ['enforce', { allowedKeys: [KEY], now }],
    ['report', { allowedKeys: [KEY], now, mode: 'report' }],
  ])('a change to a result does not reach the next request, in mode %s', async (_, options) => {
    const { port } = await startTaking(platform, options);
    for (const [, request] of requests) {
      await send(port, request);
      const first = take();
      expect(first.length).toBeGreaterThan(1);
      const expected = copyOf(first);
      poison(first);
      for (const _turn of ['next', 'after that']) {
        await send(port, request);
        const later = take();
        expect(later).toEqual(expected);
        poison(later);
      }
    }
  });

  it('lists of options are copied at the start, and when a class is defined', async () => {
    const ofModule = { allowedKeys: [KEY], now };
    const ofRoute = { requiredSignedHeaders: ['host'] };
    @Controller('copied')
    class CopiedController {
      @RequireApigSignature(ofRoute)
      @Get()
      get() {
        return 'passed';
      }
    }
    const { port } = await startForTest(platform, echoModule(ofModule, [CopiedController]));
    poison(ofModule.allowedKeys);
    poison(ofRoute.requiredSignedHeaders);
    expect(await send(port, sign('/copied'))).toMatchObject({ status: 200 });
  });
});

it('the verdict of overrideSignature is copied for each request', async () => {
  const verdict = { key: KEY, signedHeaders: ['host'], date: new Date(date) };
  const seen: unknown[] = [];
  @RequireApigSignature()
  @Controller()
  class AssumedController {
    @Get()
    get(@VerifiedSignature() caller: unknown) {
      seen.push(copyOf(caller));
      poison(caller);
      return 'passed';
    }
  }
  const builder = Test.createTestingModule({ imports: [echoModule({}, [AssumedController])] });
  const app = (await overrideSignature(builder, verdict).compile()).createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  onTestFinished(() => app.close());
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  for (let turn = 0; turn < 2; turn++) await send(port, sign('/'));
  expect(seen).toEqual(
    Array(2).fill({ ok: true, secretIndex: 0, bodyVerified: true, ...verdict, date: new Date(date) }),
  );
});
