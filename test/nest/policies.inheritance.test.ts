import { All, Controller, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApigSignatureModule, RequireApigSignature, SignatureGuard, SkipApigSignature } from '../../src/index.js';
import { forward, HOST, KEYS } from '../support/gateway.js';
import { send, type HeaderLines, type RequestToSend } from '../support/http-client.js';
import { platforms, start, type RunningApp } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

/** A base that its decorators guard; every route answers the name of the class that wrote it. */
@RequireApigSignature({ requiredSignedHeaders: ['x-base'], unsignedPayload: 'refuse' })
@Controller('guarded-base')
class GuardedBase {
  @All('inherited')
  inherited() {
    return 'GuardedBase';
  }

  @RequireApigSignature({ requiredSignedHeaders: ['x-base-method'] })
  @All('overridden')
  overridden() {
    return 'GuardedBase';
  }
}

@Controller('bare-sub')
class BareSub extends GuardedBase {
  @All('overridden')
  override overridden() {
    return 'BareSub';
  }
}

@RequireApigSignature({ requiredSignedHeaders: ['x-sub'], unsignedPayload: undefined })
@Controller('merging-sub')
class MergingSub extends GuardedBase {}

@SkipApigSignature()
@Controller('skipped-sub')
class SkippedSub extends GuardedBase {}

@Controller('sub-of-skipped')
class SubOfSkipped extends SkippedSub {}

@SkipApigSignature()
@Controller('skipped-base')
class SkippedBase {
  @All('inherited')
  inherited() {
    return 'SkippedBase';
  }
}

@Controller('sub-of-skipped-base')
class SubOfSkippedBase extends SkippedBase {}

@RequireApigSignature()
@Controller('requiring-sub')
class RequiringSub extends SkippedBase {}

/** A base of which only single methods say something. */
@Controller('marked-methods')
class MarkedMethods {
  @RequireApigSignature()
  @All('inherited')
  inherited() {
    return 'MarkedMethods';
  }

  @RequireApigSignature()
  @All('overridden')
  overridden() {
    return 'MarkedMethods';
  }

  @RequireApigSignature({ requiredSignedHeaders: ['x-upper'] })
  @RequireApigSignature({ requiredSignedHeaders: ['x-lower'], unsignedPayload: 'refuse' })
  @All('twice')
  twice() {
    return 'MarkedMethods';
  }

  @SkipApigSignature()
  @All('skipped')
  skipped() {
    return 'MarkedMethods';
  }

  @SkipApigSignature()
  @All('skip-overridden')
  skipOverridden() {
    return 'MarkedMethods';
  }
}

@Controller('sub-of-marked')
class SubOfMarked extends MarkedMethods {
  @All('overridden')
  override overridden() {
    return 'SubOfMarked';
  }

  @All('skip-overridden')
  override skipOverridden() {
    return 'SubOfMarked';
  }
}

/** A request to a route that the gateway signed with these headers, or nobody did. */
function requestTo(target: string, signed: readonly string[] | 'unsigned'): RequestToSend {
  if (signed === 'unsigned') return { method: 'GET', target, headers: [['Host', HOST]] };
  const valueOf = (name: string) => (name === 'x-sdk-content-sha256' ? 'UNSIGNED-PAYLOAD' : 'given');
  return forward({ target, headers: signed.map((name): HeaderLines[number] => [name, valueOf(name)]) });
}

const by = (text: string) => ({ status: 200, text });
const missing = unauthorized('AUTHORIZATION_MISSING');
const notSigned = (name: string) => unauthorized('HEADER_NOT_SIGNED', name);

type Case = readonly [target: string, signed: readonly string[] | 'unsigned', expected: object];

/** What holds with a global guard and without. */
const everywhere: readonly Case[] = [
  ['/guarded-base/inherited', 'unsigned', missing],
  ['/guarded-base/inherited', ['x-base'], by('GuardedBase')],
  ['/guarded-base/overridden', ['x-base'], notSigned('x-base-method')],
  // The guard of a class reaches what its subclasses inherit and override, under its policy; a method's stays behind.
  ['/bare-sub/inherited', 'unsigned', missing],
  ['/bare-sub/inherited', [], notSigned('x-base')],
  ['/bare-sub/inherited', ['x-base'], by('GuardedBase')],
  ['/bare-sub/overridden', 'unsigned', missing],
  ['/bare-sub/overridden', ['x-base-method'], notSigned('x-base')],
  ['/bare-sub/overridden', ['x-base'], by('BareSub')],
  // A subclass's own options win one by one over its base's.
  ['/merging-sub/inherited', 'unsigned', missing],
  ['/merging-sub/inherited', ['x-base'], notSigned('x-sub')],
  ['/merging-sub/inherited', ['x-sub'], by('GuardedBase')],
  ['/merging-sub/inherited', ['x-sub', 'x-sdk-content-sha256'], unauthorized('UNSIGNED_PAYLOAD')],
  ['/merging-sub/overridden', ['x-sub'], notSigned('x-base-method')],
  ['/merging-sub/overridden', ['x-base-method'], by('GuardedBase')],
  // A skip opens its own class, but for the methods that require; not the classes that extend it.
  ['/skipped-sub/inherited', 'unsigned', by('GuardedBase')],
  ['/skipped-sub/overridden', 'unsigned', missing],
  ['/sub-of-skipped/inherited', 'unsigned', missing],
  ['/sub-of-skipped/inherited', [], notSigned('x-base')],
  ['/sub-of-skipped/inherited', ['x-base'], by('GuardedBase')],
  ['/skipped-base/inherited', 'unsigned', by('SkippedBase')],
  ['/requiring-sub/inherited', 'unsigned', missing],
  ['/requiring-sub/inherited', [], by('SkippedBase')],
  // Of two marks on one target the upper one wins, option by option.
  ['/marked-methods/twice', ['x-lower'], notSigned('x-upper')],
  ['/marked-methods/twice', ['x-upper', 'x-sdk-content-sha256'], unauthorized('UNSIGNED_PAYLOAD')],
  ['/marked-methods/twice', ['x-upper'], by('MarkedMethods')],
  // A method's mark is on the function: it goes where the function is inherited.
  ['/sub-of-marked/inherited', 'unsigned', missing],
  ['/sub-of-marked/inherited', [], by('MarkedMethods')],
  ['/sub-of-marked/skipped', 'unsigned', by('MarkedMethods')],
];

/** What a global guard covers, and nothing does without one. */
const coveredByGlobalGuardOnly: readonly Case[] = [
  ['/sub-of-skipped-base/inherited', 'unsigned', by('SkippedBase')],
  ['/sub-of-marked/overridden', 'unsigned', by('SubOfMarked')],
  ['/sub-of-marked/skip-overridden', 'unsigned', by('SubOfMarked')],
];

describe.each(platforms)('on $name', (platform) => {
  describe.each([true, false])('with a global guard: %s', (isGlobal) => {
    let running: RunningApp;

    beforeAll(async () => {
      @Module({
        imports: [ApigSignatureModule.forRoot({ keys: KEYS })],
        controllers: [
          ...[GuardedBase, BareSub, MergingSub, SkippedSub, SubOfSkipped],
          ...[SkippedBase, SubOfSkippedBase, RequiringSub, MarkedMethods, SubOfMarked],
        ],
        providers: isGlobal ? [{ provide: APP_GUARD, useExisting: SignatureGuard }] : [],
      })
      class AppModule {}
      running = await start(platform, AppModule);
    });
    afterAll(() => running.app.close());

    it.each(everywhere)('%s, signed: %j', async (target, signed, expected) => {
      expect(await send(running.port, requestTo(target, signed))).toMatchObject(expected);
    });

    it.each(coveredByGlobalGuardOnly)('%s is open only without a global guard', async (target, signed, expected) => {
      expect(await send(running.port, requestTo(target, signed))).toMatchObject(isGlobal ? missing : expected);
    });
  });
});
