import { Controller, Get, Injectable, Module, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { ApigSignatureModule, RequireApigSignature, SignatureGuard, SkipApigSignature } from '../../../src/index.js';
import { forward, HOST, KEYS } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import { platforms, startForTest, type Platform } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';

/** As many decorators do: another function in place of the method, without its metadata. */
function Logged(): MethodDecorator {
  return (_target, _name, descriptor) => {
    const method = descriptor.value as unknown as (...args: unknown[]) => unknown;
    function logged(this: unknown, ...args: unknown[]): unknown {
      return method.apply(this, args);
    }
    return { ...descriptor, value: logged as unknown as NonNullable<typeof descriptor.value> };
  };
}

/** As careful decorators do: with its metadata. */
function Careful(): MethodDecorator {
  return (target, name, descriptor) => {
    const method = descriptor.value as object;
    const replaced = Logged()(target, name, descriptor) as typeof descriptor;
    for (const key of Reflect.getMetadataKeys(method)) {
      Reflect.defineMetadata(key, Reflect.getMetadata(key, method), replaced.value as object);
    }
    return replaced;
  };
}

@Controller('replaced')
class ReplacedController {
  @Get()
  @Logged()
  @RequireApigSignature()
  lost() {
    return 'passed';
  }

  @RequireApigSignature()
  @Get('above')
  @Logged()
  above() {
    return 'passed';
  }

  @Get('careful')
  @Careful()
  @RequireApigSignature()
  careful() {
    return 'passed';
  }

  @Get('skipped')
  @Logged()
  @SkipApigSignature()
  skipped() {
    return 'passed';
  }
}

@Controller('base')
class BaseController {
  @RequireApigSignature()
  @Get()
  get() {
    return 'passed';
  }

  @SkipApigSignature()
  @Get('open')
  open() {
    return 'passed';
  }
}

@Controller('overriding')
class OverridingController extends BaseController {
  @Get()
  override get() {
    return 'passed';
  }

  @Get('open')
  override open() {
    return 'passed';
  }
}

@RequireApigSignature()
@Controller('guarded')
class GuardedOverridingController extends BaseController {
  @Get()
  override get() {
    return 'passed';
  }
}

@Controller('again')
class RedecoratedController extends BaseController {
  @RequireApigSignature()
  @Get()
  override get() {
    return 'passed';
  }
}

@Injectable()
class Resolver {
  @Logged()
  @RequireApigSignature()
  field() {
    return 'passed';
  }
}

async function startWith(platform: Platform, controllers: Type[], providers: unknown[] = []) {
  @Module({
    imports: [ApigSignatureModule.forRoot({ keys: KEYS })],
    controllers,
    providers: providers as Type[],
  })
  class AppModule {}
  const logger = new RecordedLog();
  const { port } = await startForTest(platform, AppModule, { logger });
  return { port, warnings: logger.troubles };
}

const replacedWarning = (names: string) =>
  `warn @RequireApigSignature() or @SkipApigSignature() has no effect at ${names}: a decorator above it put another ` +
  'function in place of the method. Write it above that decorator ApigSignature';
const overridingWarning = (names: string) =>
  `warn No signature is required at ${names}, which overrides a method under @RequireApigSignature(): a method does ` +
  'not inherit decorators. Write it there too, or on the class ApigSignature';

describe.each(platforms)('on $name', (platform) => {
  it('a start warns about a method that a decorator replaced, because nothing guards it', async () => {
    const { port, warnings } = await startWith(platform, [ReplacedController]);
    expect(warnings).toEqual([replacedWarning('ReplacedController.lost, ReplacedController.skipped')]);
    const statusOf = async (target: string) =>
      (await send(port, { method: 'GET', target, headers: [['Host', HOST]] })).status;
    const targets = ['/replaced', '/replaced/above', '/replaced/careful'];
    expect(await Promise.all(targets.map(statusOf))).toEqual([200, 401, 401]);
    expect(await send(port, forward({ target: '/replaced/above' }))).toMatchObject({ status: 200 });
  });

  it('a start warns about such methods in providers, such as resolvers', async () => {
    const { warnings } = await startWith(platform, [], [Resolver]);
    expect(warnings).toEqual([replacedWarning('Resolver.field')]);
  });

  it('a start warns about an open method that overrides a guarded one', async () => {
    const { port, warnings } = await startWith(platform, [
      BaseController,
      OverridingController,
      GuardedOverridingController,
      RedecoratedController,
    ]);
    expect(warnings).toEqual([overridingWarning('OverridingController.get')]);
    const statusOf = async (target: string) =>
      (await send(port, { method: 'GET', target, headers: [['Host', HOST]] })).status;
    expect(await Promise.all(['/base', '/overriding', '/guarded', '/again'].map(statusOf))).toEqual([
      401, 200, 401, 401,
    ]);
  });

  it('a start does not warn about such a method under a global guard', async () => {
    const guard = { provide: APP_GUARD, useExisting: SignatureGuard };
    const { port, warnings } = await startWith(platform, [OverridingController], [guard]);
    expect(warnings).toEqual([]);
    expect(await send(port, { method: 'GET', target: '/overriding', headers: [['Host', HOST]] })).toMatchObject({
      status: 401,
    });
  });
});
