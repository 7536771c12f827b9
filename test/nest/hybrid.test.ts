import type { AddressInfo, Server } from 'node:net';
import { Controller, Get, Module, type INestMicroservice, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Transport, type TcpOptions } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApigSignatureModule, SignatureGuard, SkipApigSignature } from '../../src/index.js';
import { forward, KEYS } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { platforms, startForTest, type Platform } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';

@Controller()
class PlainController {
  @Get('route')
  route() {
    return 'a route';
  }

  @MessagePattern('ask')
  ask() {
    return 'an answer';
  }
}

@SkipApigSignature()
@Controller()
class SkippedController extends PlainController {}

@Controller()
class SkippedHandlerController {
  @Get('route')
  route() {
    return 'a route';
  }

  @SkipApigSignature()
  @MessagePattern('ask')
  ask() {
    return 'an answer';
  }
}

async function startHybrid(platform: Platform, controller: Type, inheritAppConfig: boolean) {
  @Module({
    imports: [ApigSignatureModule.forRoot({ keys: KEYS })],
    controllers: [controller],
    providers: [{ provide: APP_GUARD, useExisting: SignatureGuard }],
  })
  class AppModule {}
  const logger = new RecordedLog();
  const options: TcpOptions = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } };
  let microservice: INestMicroservice | undefined;
  const { port } = await startForTest(platform, AppModule, {
    logger,
    prepare: async (app) => {
      microservice = app.connectMicroservice(options, { inheritAppConfig });
      await app.startAllMicroservices();
    },
  });
  const { port: messages } = microservice!.unwrap<Server>().address() as AddressInfo;
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: messages },
  });
  onTestFinished(async () => {
    await client.close();
  });
  return {
    logger,
    ask: () => firstValueFrom(client.send<string>('ask', {})),
    route: async (isSigned: boolean) => {
      const request = forward({ target: '/route' });
      return (await send(port, isSigned ? request : { ...request, headers: [['Host', 'a']] })).status;
    },
  };
}

describe.each(platforms)('a hybrid application under a global guard, on $name', (platform) => {
  it('refuses messages that inherit the guard, and the remedy opens no route', async () => {
    const { ask, route, logger } = await startHybrid(platform, PlainController, true);
    await expect(ask()).rejects.toMatchObject({ status: 'error' });
    expect(logger.troubles).toEqual([
      expect.stringContaining(
        '(PlainController.ask): give ApigSignatureModule.forRoot() the option getRequest, or mark this handler',
      ),
    ]);
    expect([await route(true), await route(false)]).toEqual([200, 401]);
  });

  it('answers messages of a skipped handler, and guards the routes of the same class', async () => {
    const { ask, route, logger } = await startHybrid(platform, SkippedHandlerController, true);
    expect(await ask()).toBe('an answer');
    expect([await route(true), await route(false)]).toEqual([200, 401]);
    expect(logger.troubles).toEqual([]);
  });

  it('warns at the start about a skipped class with open routes', async () => {
    const { ask, route, logger } = await startHybrid(platform, SkippedController, true);
    expect(logger.troubles).toEqual([
      'warn @SkipApigSignature() on a class with message handlers opens its HTTP routes too: SkippedController.route. ' +
        'Mark the handlers that need no signature instead of the class ApigSignature',
    ]);
    expect(await ask()).toBe('an answer');
    expect([await route(true), await route(false)]).toEqual([200, 200]);
  });

  it('answers messages that do not inherit the guard', async () => {
    const { ask, route } = await startHybrid(platform, PlainController, false);
    expect(await ask()).toBe('an answer');
    expect([await route(true), await route(false)]).toEqual([200, 401]);
  });
});
