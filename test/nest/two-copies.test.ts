import { Controller, Get, Module, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { expect, describe, it, vi } from 'vitest';
import { ApigSignatureModule, RequireApigSignature, SignatureGuard } from '../../src/index.js';
import { forward, KEYS } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { platforms, startForTest } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';

/** A second copy of the package, as a monorepo or `npm link` loads one. */
async function loadSecondCopy() {
  vi.resetModules();
  return import('../../src/index.js');
}

const imports = [ApigSignatureModule.forRoot({ keys: KEYS })];
const controllerOf = (guarded: ClassDecorator): Type => {
  @guarded
  @Controller()
  class HelloController {
    @Get()
    hello() {
      return 'hello';
    }
  }
  return HelloController;
};

describe.each(platforms)('on $name', (platform) => {
  it('a second copy of the package stops the start, with the places of both and the remedy', async () => {
    const second = await loadSecondCopy();
    expect(second.SignatureGuard).not.toBe(SignatureGuard);
    const startWith = (module: object) => {
      @Module(module)
      class AppModule {}
      return startForTest(platform, AppModule);
    };
    const src = new URL('../../src', import.meta.url).pathname;
    const message = new RegExp(
      `^\\d+ copies of nestjs-apig-signature were loaded: (file://)?${src}, .*${src}\\. .*run npm dedupe; in place of npm link`,
    );
    await expect(startWith({ imports, controllers: [controllerOf(second.RequireApigSignature())] })).rejects.toThrow(
      message,
    );
    const guard = { provide: APP_GUARD, useClass: second.SignatureGuard };
    await expect(startWith({ imports, providers: [guard] })).rejects.toThrow(message);
  });

  it('a guard that was made by hand refuses, and its error names app.get(SignatureGuard)', async () => {
    @Module({ imports, controllers: [controllerOf(() => undefined)] })
    class AppModule {}
    const logger = new RecordedLog();
    const { port } = await startForTest(platform, AppModule, {
      logger,
      prepare: (app) => app.useGlobalGuards(new SignatureGuard()),
    });
    expect(await send(port, forward())).toMatchObject({
      status: 500,
      text: expect.not.stringContaining('app.get') as string,
    });
    expect(logger.troubles).toEqual([expect.stringContaining('app.useGlobalGuards(app.get(SignatureGuard))')]);
  });

  it('a guard of the application works', async () => {
    @Module({ imports, controllers: [controllerOf(RequireApigSignature())] })
    class AppModule {}
    const { port } = await startForTest(platform, AppModule, {
      prepare: (app) => app.useGlobalGuards(app.get(SignatureGuard)),
    });
    expect(await send(port, forward())).toMatchObject({ status: 200 });
  });
});
