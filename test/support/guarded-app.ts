import { All, Controller, Module, type ModuleMetadata } from '@nestjs/common';
import { expect } from 'vitest';
import { RequireApigSignature } from '../../src/index.js';
import { forward, SECRET } from './gateway.js';
import { send } from './http-client.js';
import { startForTest, type Platform, type RunningApp, type StartOptions } from './platforms.js';
import { RecordedLog } from './recorded-log.js';
import { unauthorized } from './refused-replies.js';

export type Imports = NonNullable<ModuleMetadata['imports']>;

@RequireApigSignature()
@Controller()
class GuardedController {
  @All()
  call() {
    return 'passed';
  }
}

/** Starts an application of one guarded route and these imports, until the test is over. A failed start rejects. */
export async function startGuarded(
  platform: Platform,
  imports: Imports,
  options: StartOptions = {},
): Promise<RunningApp & { readonly logger: RecordedLog }> {
  @Module({ imports, controllers: [GuardedController] })
  class AppModule {}
  const logger = new RecordedLog();
  const running = await startForTest(platform, AppModule, { logger, ...options });
  return { ...running, logger };
}

/** Expects that the guarded route opens to the secret that `forward` signs with, and to no other. */
export async function expectGuarded(port: number): Promise<void> {
  expect(await send(port, forward())).toMatchObject({ status: 200, text: 'passed' });
  expect(await send(port, forward({}, { secret: `not ${SECRET}` }))).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
}
