import { Controller, Get, Module, Post, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  ApigSignatureModule,
  MemoryReplayStore,
  RequireApigSignature,
  SkipApigSignature,
  type ApigSignatureOptions,
} from '../../../src/index.js';
import { KEY, KEYS, SECRET } from '../../support/gateway.js';
import { platforms, startForTest, type Platform } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';

@RequireApigSignature()
@Controller('guarded')
class Guarded {
  @Get()
  get() {
    return 'passed';
  }

  @RequireApigSignature({ bodyLimit: 2000, allowedKeys: [KEY, 'ordres', 'h\xe9'] })
  @Post('large')
  large() {
    return 'passed';
  }

  @Post('small')
  small() {
    return 'passed';
  }

  @SkipApigSignature()
  @Post('open')
  open() {
    return 'passed';
  }
}

@Controller('unguarded')
class Unguarded {
  @Get()
  get() {
    return 'passed';
  }
}

@RequireApigSignature({ allowedKeys: [SECRET] })
@Controller('swapped')
class Swapped {
  @Get()
  get() {
    return 'passed';
  }
}

const UNKNOWN =
  'warn allowedKeys at Guarded.large has names of keys that are not among the signing keys: ordres, h\\xe9. ' +
  'Requests of these keys are refused with KEY_UNKNOWN ApigSignature';
const PROTECTED: ApigSignatureOptions = {
  replayStore: new MemoryReplayStore(),
  replayProtection: true,
  unsignedPayload: 'refuse',
};
const UNUSED =
  'warn replayStore is set, and replayProtection is not: a signed request can be sent again. Set replayProtection: true ' +
  'in forRoot(), or in @RequireApigSignature() on a route ApigSignature';
const large = (heldBytes: number, names: string) =>
  `warn heldBytes is ${heldBytes}, which is not more than bodyLimit at ${names}: a signed body of about ${heldBytes} ` +
  'bytes is refused with HELD_BYTES_EXCEEDED, unless a parser reads it before the guard. Raise heldBytes, or lower ' +
  'bodyLimit ApigSignature';
const long = (seconds: number) =>
  `warn clockSkew: a request is accepted for ${seconds} seconds from its date, which is more than an hour. The unit ` +
  'is seconds, not milliseconds ApigSignature';

async function warningsOf(platform: Platform, controllers: Type[], options: ApigSignatureOptions) {
  @Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS, ...options })], controllers })
  class AppModule {}
  const logger = new RecordedLog();
  await startForTest(platform, AppModule, { logger });
  return logger.lines.filter((line) => line.startsWith('warn '));
}

describe.each(platforms)('at the start, on $name, a warning names options that are probably a mistake:', (platform) => {
  it.each<[what: string, options: ApigSignatureOptions, warnings: string[]]>([
    ['a clock skew in milliseconds', { clockSkew: 60_000 }, [long(60_000), UNKNOWN]],
    ['not a clock skew of one hour', { clockSkew: 3600 }, [UNKNOWN]],
    ['a body limit of heldBytes', { heldBytes: 2000, bodyLimit: 1999 }, [large(2000, 'Guarded.large'), UNKNOWN]],
    ['each such body limit, not of a GET', { heldBytes: 5 }, [large(5, 'Guarded.large, Guarded.small'), UNKNOWN]],
    ['not a body limit below heldBytes', { heldBytes: 2001, bodyLimit: 2000 }, [UNKNOWN]],
    ['a replay store that nothing asks', { replayStore: new MemoryReplayStore() }, [UNUSED, UNKNOWN]],
    ['not a replay store that is asked', PROTECTED, [UNKNOWN]],
    ['no unknown keys where a function finds the keys', { keys: () => SECRET }, []],
  ])('%s', async (_, options, warnings) => {
    expect(await warningsOf(platform, [Guarded, Unguarded], options)).toEqual(warnings);
  });

  it('unknown keys of the module at each handler, with a secret masked', async () => {
    const allowedKeys = [KEY, 'spare'];
    const known = { keys: { ...KEYS, ordres: 'secret-of-the-orders' } };
    const [warning, ...more] = await warningsOf(platform, [Swapped, Guarded], { ...known, allowedKeys });
    expect(more).toEqual([]);
    expect(warning).toContain('at Swapped.get, Guarded.get, Guarded.large, Guarded.small has');
    expect(warning).toContain('signing keys: ***, spare, h\\xe9. ');
  });
});
