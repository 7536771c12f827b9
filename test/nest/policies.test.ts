import { All, Controller, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ApigSignatureModule,
  RequireApigSignature,
  SignatureGuard,
  SkipApigSignature,
  type RoutePolicy,
} from '../../src/index.js';
import { forward, HOST } from '../support/gateway.js';
import { send, type HeaderLines, type RequestToSend } from '../support/http-client.js';
import { platforms, start, type RunningApp, type StartOptions } from '../support/platforms.js';
import { refusalReply, unauthorized } from '../support/refused-replies.js';

const PASSED = 'passed';

const keys = { reader: 'the secret of the reader', writer: 'the secret of the writer' };

const MODULE_POLICY: RoutePolicy = {
  allowedKeys: ['reader'],
  requiredSignedHeaders: ['x-module'],
  unsignedPayload: 'refuse',
  bodyLimit: 8,
};

@Controller('bare')
class BareController {
  @All()
  bare() {
    return PASSED;
  }
}

@RequireApigSignature({ requiredSignedHeaders: ['X-Class'], signedIfPresent: ['X-Note'], allowedKeys: undefined })
@Controller('class')
class GuardedController {
  @All('plain')
  plain() {
    return PASSED;
  }

  @RequireApigSignature({ requiredSignedHeaders: ['x-method'], allowedKeys: ['writer'], bodyLimit: 4 })
  @All('replaced')
  replaced() {
    return PASSED;
  }

  @RequireApigSignature({ requiredSignedHeaders: undefined, signedIfPresent: undefined, unsignedPayload: undefined })
  @All('unset')
  unset() {
    return PASSED;
  }

  @RequireApigSignature({ requiredSignedHeaders: [], signedIfPresent: [], unsignedPayload: 'accept' })
  @All('lax')
  lax() {
    return PASSED;
  }

  @SkipApigSignature()
  @All('open')
  open() {
    return PASSED;
  }
}

@Controller('method')
class MethodsController {
  @RequireApigSignature()
  @All('guarded')
  guarded() {
    return PASSED;
  }

  // The upper of two on one target wins, option by option.
  @RequireApigSignature({ allowedKeys: ['writer'] })
  @RequireApigSignature({ allowedKeys: ['reader'], requiredSignedHeaders: ['x-method'] })
  @All('twice')
  twice() {
    return PASSED;
  }
}

@SkipApigSignature()
@Controller('skipped')
class SkippedController {
  @All('open')
  open() {
    return PASSED;
  }

  @RequireApigSignature()
  @All('reopened')
  reopened() {
    return PASSED;
  }
}

interface Call {
  /** Whose key signs; nobody's if null. */
  readonly key?: keyof typeof keys | null;
  /** Names of headers that are signed, and of those that come unsigned. */
  readonly signed?: readonly string[];
  readonly unsigned?: readonly string[];
  readonly body?: string;
}

const valueOf = new Map([
  ['content-type', 'application/octet-stream'],
  ['x-sdk-content-sha256', 'UNSIGNED-PAYLOAD'],
]);

function requestTo(target: string, { key = 'reader', signed = [], unsigned = [], body }: Call): RequestToSend {
  const toLine = (name: string): HeaderLines[number] => [name, valueOf.get(name) ?? 'given'];
  if (key === null) return { method: 'GET', target, headers: [['Host', HOST]] };
  const method = body === undefined ? 'GET' : 'POST';
  const request = forward({ method, target, headers: signed.map(toLine), body }, { key, secret: keys[key] });
  return { ...request, headers: [...request.headers, ...unsigned.map(toLine)] };
}

const nobody: Call = { key: null };
const upload = (body: string, ...signed: string[]): Call => ({ signed: ['content-type', ...signed], body });

const passed = { status: 200, text: PASSED };
const notSigned = (name: string) => unauthorized('HEADER_NOT_SIGNED', name);
const tooLarge = refusalReply(413, 'BODY_TOO_LARGE', 'Request body too large.');

type Case = readonly [target: string, call: Call, expected: object];

/** What holds wherever a decorator speaks, whether or not a global guard stands before it. */
const decorated: readonly Case[] = [
  // The class's lists replace the module's, and what it does not set, or sets to undefined, is the module's.
  ['/class/plain', { signed: ['x-class'] }, passed],
  ['/class/plain', { signed: ['x-module'] }, notSigned('x-class')],
  ['/class/plain', { unsigned: ['x-class'] }, notSigned('x-class')],
  ['/class/plain', { signed: ['x-class'], unsigned: ['x-note'] }, notSigned('x-note')],
  ['/class/plain', { signed: ['x-class', 'x-note'] }, passed],
  ['/class/plain', { key: 'writer', signed: ['x-class'] }, unauthorized('KEY_UNKNOWN')],
  ['/class/plain', { signed: ['x-class', 'x-sdk-content-sha256'] }, unauthorized('UNSIGNED_PAYLOAD')],
  ['/class/plain', upload('12345678', 'x-class'), passed],
  ['/class/plain', upload('123456789', 'x-class'), tooLarge],
  // So do the method's over the class's.
  ['/class/replaced', { key: 'writer', signed: ['x-method'] }, passed],
  ['/class/replaced', { key: 'writer', signed: ['x-class', 'x-module'] }, notSigned('x-method')],
  ['/class/replaced', { key: 'reader', signed: ['x-method'] }, unauthorized('KEY_UNKNOWN')],
  ['/class/replaced', { key: 'writer', signed: ['x-method'], unsigned: ['x-note'] }, notSigned('x-note')],
  ['/class/replaced', { key: 'writer', ...upload('1234', 'x-method') }, passed],
  ['/class/replaced', { key: 'writer', ...upload('12345', 'x-method') }, tooLarge],
  ['/class/unset', { signed: ['x-method'] }, notSigned('x-class')],
  ['/class/unset', { signed: ['x-class'], unsigned: ['x-note'] }, notSigned('x-note')],
  ['/class/unset', { signed: ['x-class', 'x-sdk-content-sha256'] }, unauthorized('UNSIGNED_PAYLOAD')],
  ['/class/unset', { signed: ['x-class'] }, passed],
  // An empty list is a list; an unsigned payload may be of any size.
  ['/class/lax', { unsigned: ['x-note'] }, passed],
  ['/class/lax', upload('123456789', 'x-sdk-content-sha256'), passed],
  ['/class/lax', nobody, unauthorized('AUTHORIZATION_MISSING')],
  ['/class/open', nobody, passed],
  ['/class/open', { key: 'writer' }, passed],
  ['/method/guarded', nobody, unauthorized('AUTHORIZATION_MISSING')],
  ['/method/guarded', { signed: ['x-module'] }, passed],
  ['/method/guarded', {}, notSigned('x-module')],
  ['/method/twice', { key: 'writer', signed: ['x-method'] }, passed],
  ['/method/twice', { key: 'reader', signed: ['x-method'] }, unauthorized('KEY_UNKNOWN')],
  ['/method/twice', { key: 'writer', signed: ['x-module'] }, notSigned('x-method')],
  ['/skipped/open', nobody, passed],
  ['/skipped/reopened', nobody, unauthorized('AUTHORIZATION_MISSING')],
  ['/skipped/reopened', { signed: ['x-module'] }, passed],
];

/** Routes without a decorator: a global guard checks them, and without a global guard nobody does. */
const undecorated: readonly Case[] = [
  ['/bare', nobody, unauthorized('AUTHORIZATION_MISSING')],
  ['/bare', {}, notSigned('x-module')],
  ['/bare', { key: 'writer', signed: ['x-module'] }, unauthorized('KEY_UNKNOWN')],
  ['/bare', { signed: ['x-module', 'x-sdk-content-sha256'] }, unauthorized('UNSIGNED_PAYLOAD')],
  ['/bare', upload('123456789', 'x-module'), tooLarge],
  ['/bare', { signed: ['x-module'] }, passed],
];

interface Way extends Pick<StartOptions, 'prepare'> {
  readonly way: string;
  readonly providers?: Provider[];
  readonly isGlobal: boolean;
}

const ways: readonly Way[] = [
  { way: 'APP_GUARD useExisting', providers: [{ provide: APP_GUARD, useExisting: SignatureGuard }], isGlobal: true },
  { way: 'APP_GUARD useClass', providers: [{ provide: APP_GUARD, useClass: SignatureGuard }], isGlobal: true },
  { way: 'useGlobalGuards', prepare: (app) => void app.useGlobalGuards(app.get(SignatureGuard)), isGlobal: true },
  { way: 'decorators alone', isGlobal: false },
];

describe.each(platforms)('on $name', (platform) => {
  describe.each(ways)('guarded by $way', ({ providers = [], prepare, isGlobal }) => {
    let running: RunningApp;

    beforeAll(async () => {
      @Module({
        imports: [ApigSignatureModule.forRoot({ keys, ...MODULE_POLICY })],
        controllers: [BareController, GuardedController, MethodsController, SkippedController],
        providers,
      })
      class AppModule {}
      running = await start(platform, AppModule, prepare && { prepare });
    });
    afterAll(() => running.app.close());

    it.each(decorated)('%s %o', async (target, call, expected) => {
      expect(await send(running.port, requestTo(target, call))).toMatchObject(expected);
    });

    it.each(undecorated)('%s %o', async (target, call, expected) => {
      expect(await send(running.port, requestTo(target, call))).toMatchObject(isGlobal ? expected : passed);
    });
  });
});
