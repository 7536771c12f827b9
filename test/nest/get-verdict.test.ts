import {
  Catch,
  Controller,
  Get,
  Injectable,
  Module,
  Next,
  Req,
  UseGuards,
  UseInterceptors,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, BaseExceptionFilter } from '@nestjs/core';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import {
  ApigSignatureModule,
  getVerdict,
  RequireApigSignature,
  SignatureException,
  SkipApigSignature,
} from '../../src/index.js';
import { MemoryReplayStore } from '../../src/index.js';
import { forward, KEY, KEYS, SECRET } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { express, platforms, startForTest } from '../support/platforms.js';

type Seen = [who: string, said: unknown];
const seen: Seen[] = [];
const say = (source: object) => {
  const verdict = getVerdict(source);
  return verdict && (verdict.ok ? verdict.key : verdict.refusal.code);
};
const note = (who: string, source: object) => void seen.push([who, say(source)]);

@Injectable()
class NotingGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    note('guard', context);
    return true;
  }
}

@Injectable()
class NotingInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    note('interceptor', context);
    return next.handle();
  }
}

@Catch(SignatureException)
class NotingFilter extends BaseExceptionFilter {
  override catch(exception: SignatureException, host: ArgumentsHost) {
    note('filter', host);
    note('request in the filter', host.switchToHttp().getRequest<object>());
    super.catch(exception, host);
  }
}

@RequireApigSignature()
@UseInterceptors(NotingInterceptor)
@Controller()
class GuardedController {
  @UseGuards(NotingGuard)
  @Get('guarded')
  get() {
    return 'called';
  }

  @SkipApigSignature()
  @UseGuards(NotingGuard)
  @Get('skipped')
  skipped() {
    return 'called';
  }
}

@Module({
  imports: [ApigSignatureModule.forRoot({ keys: KEYS })],
  controllers: [GuardedController],
  providers: [{ provide: APP_FILTER, useClass: NotingFilter }],
})
class AppModule {}

describe.each(platforms)('getVerdict, on $name', (platform) => {
  async function startNoting() {
    seen.length = 0;
    return startForTest(platform, AppModule, {
      prepare: (app) =>
        app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
          note('middleware, before', request);
          response.once('finish', () => note('access log', request));
          next();
        }),
    });
  }
  const whenLogged = async () => {
    while (seen.at(-1)?.[0] !== 'access log') await new Promise((resolve) => setImmediate(resolve));
    return seen;
  };

  it("gives the guard's verdict to guards, interceptors and access logs", async () => {
    const { port } = await startNoting();
    expect(await send(port, forward({ target: '/guarded' }))).toMatchObject({ text: 'called' });
    expect(await whenLogged()).toEqual([
      ['middleware, before', undefined],
      ['guard', KEY],
      ['interceptor', KEY],
      ['access log', KEY],
    ]);
  });

  it('gives a refused verdict to filters and access logs', async () => {
    const { port } = await startNoting();
    const refused = forward({ target: '/guarded' }, { secret: `not ${SECRET}` });
    expect(await send(port, refused)).toMatchObject({ status: 401 });
    expect(await whenLogged()).toEqual([
      ['middleware, before', undefined],
      ['filter', 'SIGNATURE_MISMATCH'],
      ['request in the filter', 'SIGNATURE_MISMATCH'],
      ['access log', 'SIGNATURE_MISMATCH'],
    ]);
  });

  it.each([
    ['signed', forward({ target: '/skipped' })],
    ['unsigned', { method: 'GET', target: '/skipped', headers: [['Host', 'a']] as const }],
  ])('gives nothing if no guard judged the request, which is %s', async (_, request) => {
    const { port } = await startNoting();
    expect(await send(port, request)).toMatchObject({ text: 'called' });
    expect((await whenLogged()).map(([, said]) => said)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('changes no verdict when it is called early', async () => {
    const { port } = await startNoting();
    const body = forward({ target: '/guarded', method: 'GET', body: 'a body' });
    expect(await send(port, body)).toMatchObject({ status: 200 });
  });
});

@UseInterceptors(NotingInterceptor)
@Controller('twice')
class TwiceController {
  @RequireApigSignature()
  @Get()
  first(@Next() next: () => void) {
    next();
  }

  @Get()
  second(@Req() request: object) {
    note('request', request);
    return 'called';
  }
}

it('getVerdict keeps the verdicts of handlers apart, and gives the last one for the request', async () => {
  seen.length = 0;
  @Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS })], controllers: [TwiceController] })
  class TwiceModule {}
  const { port } = await startForTest(express, TwiceModule);
  expect(await send(port, forward({ target: '/twice' }))).toMatchObject({ text: 'called' });
  expect(seen).toEqual([
    ['interceptor', KEY],
    ['interceptor', undefined],
    ['request', KEY],
  ]);
});

describe('getVerdict gives nothing for', () => {
  it.each([undefined, null, 'text', 1, {}, [], new MemoryReplayStore(), { raw: {} }])('%s', (source) => {
    expect(getVerdict(source as object)).toBeUndefined();
  });

  it.each([
    ['that names no handler', new ExecutionContextHost([{}])],
    ['that cannot name one', { getType: () => 'http', getArgByIndex: () => ({}) } as unknown as ArgumentsHost],
  ])('a host %s, with a request that nobody judged', (_, host) => {
    expect(getVerdict(host)).toBeUndefined();
  });
});

it('getVerdict reserves nothing under replayProtection', async () => {
  seen.length = 0;
  let reserved = 0;
  const replayStore = { reserve: () => ((reserved += 1), true) };
  @RequireApigSignature()
  @UseInterceptors(NotingInterceptor)
  @Controller()
  class ProtectedController {
    @Get('guarded')
    get() {
      return 'called';
    }
  }
  @Module({
    imports: [ApigSignatureModule.forRoot({ keys: KEYS, replayProtection: true, replayStore })],
    controllers: [ProtectedController],
  })
  class ProtectedModule {}
  const { port } = await startForTest(express, ProtectedModule);
  await send(port, forward({ target: '/guarded' }));
  expect([seen, reserved]).toEqual([[['interceptor', KEY]], 1]);
});
