import {
  All,
  Controller,
  Inject,
  Injectable,
  Module,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { ApigSignatureModule, SignatureGuard, type ApigSignatureOptions } from '../../src/index.js';
import { forward, HOST, KEYS, SECRET } from '../support/gateway.js';
import { send, type RequestToSend } from '../support/http-client.js';
import { platforms, startForTest, type Platform } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';
import { refusalReply, unauthorized } from '../support/refused-replies.js';

/** An application that loads the module with its first request: no hook of it runs, nothing captures bodies before. */
async function startLazily(platform: Platform, options?: ApigSignatureOptions) {
  @Module({ imports: [ApigSignatureModule.forRoot(options)] })
  class LazyModule {}

  @Injectable()
  class LazyGuard implements CanActivate {
    constructor(@Inject(LazyModuleLoader) private readonly loader: LazyModuleLoader) {}

    async canActivate(context: ExecutionContext): Promise<boolean> {
      const module = await this.loader.load(() => LazyModule);
      return module.get(SignatureGuard, { strict: false }).canActivate(context);
    }
  }

  @UseGuards(LazyGuard)
  @Controller()
  class LazilyGuardedController {
    @All()
    call() {
      return 'passed';
    }
  }

  @Module({ controllers: [LazilyGuardedController] })
  class AppModule {}
  const logger = new RecordedLog();
  return { ...(await startForTest(platform, AppModule, { logger })), logger };
}

const post = (type: string, body: string) => forward({ method: 'POST', headers: [['Content-Type', type]], body });
const json = post('application/json', '{"value":1}');
const bytes = post('application/octet-stream', 'some bytes');

const notCaptured = refusalReply(
  500,
  'BODY_NOT_CAPTURED',
  'The request body was not captured: import ApigSignatureModule.forRoot() in the root module, ' +
    'and let nothing read or replace the body before it.',
);

describe.each(platforms)('a module that LazyModuleLoader loads after the start, on $name', (platform) => {
  it.each<[what: string, request: RequestToSend, expected: object]>([
    ['a signed request without a body', forward(), { status: 200, text: 'passed' }],
    ['an unsigned one', { ...forward(), headers: [['Host', HOST]] }, unauthorized('AUTHORIZATION_MISSING')],
    ['a forged one', forward({}, { secret: `not ${SECRET}` }), unauthorized('SIGNATURE_MISMATCH')],
    ['a body that a parser read', json, notCaptured],
    ['a changed body that a parser read', { ...json, body: Buffer.from('{"value":2}') }, notCaptured],
    ['a body that nobody read', bytes, notCaptured],
    ['a changed body that nobody read', { ...bytes, body: Buffer.from('other bytes') }, notCaptured],
  ])('lets nothing unproved through: %s', async (_, request, expected) => {
    const { port } = await startLazily(platform, { keys: KEYS });
    expect(await send(port, request)).toMatchObject(expected);
    expect(await send(port, request)).toMatchObject(expected);
  });

  it('refuses everything without keys, because no hook has read them', async () => {
    const { port, logger } = await startLazily(platform);
    expect(await send(port, forward())).toMatchObject({ status: 500 });
    // Fastify takes no hooks once it has started; that ended the process before it was a warning.
    const tooLate = platform.name === 'fastify' ? [expect.stringContaining('warn Loaded too late')] : [];
    expect(logger.troubles).toEqual([...tooLate, expect.stringContaining('No signing keys: set APIG_SIGNATURE_KEYS ')]);
  });
});
