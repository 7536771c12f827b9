import type { EventEmitter } from 'node:events';
import { Injectable, Module, Scope, type FactoryProvider, type INestApplication } from '@nestjs/common';
import { APP_GUARD, REQUEST } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { ApigSignatureModule, SignatureGuard, type ApigSignatureOptions } from '../../../src/index.js';
import { forward, KEY, KEYS } from '../../support/gateway.js';
import { expectGuarded, startGuarded, type Imports } from '../../support/guarded-app.js';
import { send } from '../../support/http-client.js';
import { platforms, type StartOptions } from '../../support/platforms.js';

const BYTES = 'expected a number of bytes, finite and not negative';
const SECONDS = 'expected a number of seconds, finite and more than 0';
const NUMBER = 'expected a number, finite and not negative';
const STORE = 'expected a replay store: an object with a method reserve()';
const OPTIONS =
  'allowedKeys, requiredSignedHeaders, signedIfPresent, contentTypes, unsignedPayload, replayProtection, bodyLimit, ' +
  'clockSkew, plusInQuery, encodedSlash, pathPrefix, queryPieces, replayStore, now, ' +
  'keys, heldBytes, explain, readBody, logRefusals, mode, onVerdict, getRequest';
const noOption = (name: string) => `${name}: no such option; there are ${OPTIONS}`;

const wrongOptions: readonly [options: object, message: string][] = [
  [{ clockSkew: NaN }, `clockSkew: ${SECONDS}`],
  [{ clockSkew: -1 }, `clockSkew: ${SECONDS}`],
  [{ clockSkew: 0 }, `clockSkew: ${SECONDS}`],
  [{ clockSkew: '900' }, `clockSkew: ${SECONDS}`],
  [{ queryPieces: NaN }, `queryPieces: ${NUMBER}`],
  [{ queryPieces: Infinity }, `queryPieces: ${NUMBER}`],
  [{ bodyLimit: NaN }, `bodyLimit: ${BYTES}`],
  [{ bodyLimit: '12mb' }, `bodyLimit: ${BYTES}`],
  [{ allowedKeys: [] }, 'allowedKeys: expected a list of key names, not empty'],
  [{ requiredSignedHeaders: 'host' }, 'requiredSignedHeaders: expected a list of header names, without authorization'],
  [
    { requiredSignedHeaders: ['Authorization'] },
    'requiredSignedHeaders: expected a list of header names, without authorization',
  ],
  [{ signedIfPresent: ['a b'] }, 'signedIfPresent: expected a list of header names, without authorization'],
  [{ unsignedPayload: 'deny' }, "unsignedPayload: expected 'accept' or 'refuse'"],
  [{ plusInQuery: '+' }, "plusInQuery: expected 'space' or 'literal'"],
  [{ encodedSlash: true }, "encodedSlash: expected 'accept' or 'refuse'"],
  [{ replayProtection: 'writes' }, 'replayProtection: expected true or false'],
  [{ replayStore: {} }, `replayStore: ${STORE}`],
  [{ replayStore: new Map() }, `replayStore: ${STORE}`],
  [{ now: 0 }, 'now: expected a function'],
  [{ explain: 'yes' }, "explain: expected true, false or 'response'"],
  [{ explain: NaN }, "explain: expected true, false or 'response'"],
  [{ getRequest: {} }, 'getRequest: expected a function'],
  [{ mode: 'Report' }, "mode: expected 'enforce' or 'report'"],
  [{ mode: null }, "mode: expected 'enforce' or 'report'"],
  [{ mode: true }, "mode: expected 'enforce' or 'report'"],
  [{ onVerdict: {} }, 'onVerdict: expected a function'],
  [{ onVerdict: null }, 'onVerdict: expected a function'],
  [{ onVerdict: 'log' }, 'onVerdict: expected a function'],
  [{ onverdict: () => undefined }, noOption('onverdict')],
  [{ clockskew: 900 }, noOption('clockskew')],
  [{ secret: 'a secret under a name of its own' }, noOption('secret')],
];

const TWICE = 'ApigSignatureModule is configured twice: import one forRoot() or forRootAsync(), in the root module';
const SCOPED = 'ApigSignatureModule: its options depend on a request-scoped provider; inject one of the application';
const NO_OPTIONS = 'options: expected an object';
const UNGUARDABLE =
  'SignatureGuard needs ApigSignatureModule: import ApigSignatureModule.forRoot() in the root module; ' +
  'with isGlobal: false, in each module that has guarded routes';
const BARE = 'ApigSignatureModule: import ApigSignatureModule.forRoot(), not the class itself';

const options = { keys: KEYS };
const forRoot = (extra?: object) => ApigSignatureModule.forRoot({ ...options, ...extra });
const forRootAsync = (useFactory: () => unknown = () => options, inject: FactoryProvider['inject'] = []) =>
  ApigSignatureModule.forRootAsync({ useFactory: useFactory as () => ApigSignatureOptions, inject });

@Module({})
class EmptyModule {}

@Module({ imports: [forRoot()] })
class FeatureModule {}

@Module({ imports: [forRoot({ isGlobal: false })] })
class HidingModule {}

@Module({ providers: [{ provide: APP_GUARD, useClass: SignatureGuard }] })
class WithGlobalGuard {}

@Injectable({ scope: Scope.REQUEST })
class OptionsOfRequest {
  create() {
    return options;
  }
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class OptionsOfTenant extends OptionsOfRequest {}

const stopped: readonly [what: string, imports: Imports, message: string][] = [
  ['forRoot() twice, the same options', [forRoot(), forRoot()], TWICE],
  ['forRoot() twice, other options', [forRoot(), forRoot({ keys: { other: 'the secret of another key' } })], TWICE],
  ['forRoot() and once more in a feature module', [forRoot(), FeatureModule], TWICE],
  ['forRoot() and forRootAsync()', [forRoot(), forRootAsync()], TWICE],
  ['forRootAsync() twice', [forRootAsync(), forRootAsync()], TWICE],
  ['two that are not global', [forRoot({ isGlobal: false }), HidingModule], TWICE],
  ['options of REQUEST', [forRootAsync(() => options, [REQUEST])], SCOPED],
  ['options of a request-scoped class', [ApigSignatureModule.forRootAsync({ useClass: OptionsOfRequest })], SCOPED],
  ['options of a durable class', [ApigSignatureModule.forRootAsync({ useClass: OptionsOfTenant })], SCOPED],
  ['options of a factory that gives none', [forRootAsync(() => undefined)], NO_OPTIONS],
  ['no forRoot()', [ApigSignatureModule], BARE],
  ['the module without forRoot() beside one with', [forRoot(), ApigSignatureModule], BARE],
  ['a guarded route where the module is not global', [HidingModule], UNGUARDABLE],
  ['a guarded route without the module', [], UNGUARDABLE],
  ['a global guard without the module', [WithGlobalGuard], UNGUARDABLE],
  ['options of a factory that gives a number', [forRootAsync(() => 1)], NO_OPTIONS],
  [
    'a wrong option where the module is not global',
    [forRoot({ isGlobal: false, clockSkew: -1 })],
    `clockSkew: ${SECONDS}`,
  ],
];

describe.each(platforms)('on $name', (platform) => {
  const failureOf = (imports: Imports) => startGuarded(platform, imports).catch((error: unknown) => error);

  it.each(wrongOptions)('the start stops: %o', async (wrong, message) => {
    expect(await failureOf([forRoot(wrong)])).toEqual(new TypeError(message));
    expect(await failureOf([forRootAsync(() => ({ ...options, ...wrong }))])).toEqual(new TypeError(message));
  });

  it.each(stopped)('the start stops: %s', async (_, imports, message) => {
    const problem = await failureOf(imports);
    expect(problem).toBeInstanceOf(Error);
    expect((problem as Error).message.slice(0, message.length)).toBe(message);
  });

  it('the start stops: other keys, if Nest compares modules by their content', async () => {
    const other = { other: 'the secret of another key' };
    for (const imports of [
      [forRoot(), forRoot({ keys: other })],
      [forRoot({ keys: () => undefined }), forRoot({ keys: () => null })],
      [forRootAsync(() => ({ keys: KEYS })), forRootAsync(() => ({ keys: other }))],
    ]) {
      const start = startGuarded(platform, imports, { moduleIdGeneratorAlgorithm: 'deep-hash' });
      await expect(start).rejects.toThrow(new Error(TWICE));
    }
  });

  it.each([null, 1, 'xyz'])('forRoot() refuses %j', (wrong) => {
    expect(() => ApigSignatureModule.forRoot(wrong as never)).toThrow(new TypeError(NO_OPTIONS));
  });

  it('a guard that Nest did not make lets nothing through, and the log names the remedy', async () => {
    const { port, logger } = await startGuarded(platform, [forRoot()], {
      prepare: (app) => app.useGlobalGuards(new SignatureGuard()),
    });
    expect(await send(port, forward({ target: '/' }))).toMatchObject({ status: 500 });
    expect(logger.troubles).toEqual([
      expect.stringContaining(
        'SignatureGuard was not made by Nest: write app.useGlobalGuards(app.get(SignatureGuard)) in place of new ' +
          'SignatureGuard(), and import ApigSignatureModule.forRoot() in the root module',
      ),
    ]);
  });

  const one = forRoot();
  it.each<[what: string, imports: Imports, options?: StartOptions]>([
    ['one forRoot() imported in two places', [one, { module: EmptyModule, imports: [one] }]],
    [
      'two alike where Nest tells modules by their content',
      [forRoot(), forRoot()],
      { moduleIdGeneratorAlgorithm: 'deep-hash' },
    ],
    ['not global, where it is imported', [forRoot({ isGlobal: false })]],
    [
      'not global, from forRootAsync()',
      [ApigSignatureModule.forRootAsync({ isGlobal: false, useFactory: () => options })],
    ],
    ['global, from a feature module', [FeatureModule]],
    ['undefined options', [forRoot({ clockSkew: undefined, isGlobal: undefined })]],
  ])('it starts: %s', async (_, imports, options) => {
    const { port } = await startGuarded(platform, imports, options);
    await expectGuarded(port);
  });

  it('hooks may run twice', async () => {
    const prepare = async (app: INestApplication) => {
      await app.init();
      await app.init();
      await (app as unknown as { callInitHook(): Promise<void> }).callInitHook();
      app.get(ApigSignatureModule).onModuleInit();
    };
    const { app, port, logger } = await startGuarded(platform, [forRoot({ keys: { [KEY]: 'too short' } })], {
      prepare,
    });
    const body = 'a body of which each byte counts once';
    const request = forward({ method: 'POST', target: '/', body }, { secret: 'too short' });
    expect(await send(port, request)).toMatchObject({ status: 200, text: 'passed' });
    expect((app.getHttpServer() as EventEmitter).listenerCount('request')).toBe(2);
    expect(logger.troubles).toHaveLength(1);
  });
});
