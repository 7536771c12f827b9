import type { IncomingMessage } from 'node:http';
import { Controller, Get, Module, UseGuards, type ExecutionContext } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ApigSignatureModule,
  RequireApigSignature,
  SignatureGuard,
  SignedHeader,
  SkipApigSignature,
  VerifiedSignature,
  type VerifiedRequest,
} from '../../src/index.js';
import { forward, KEY, SECRET } from '../support/gateway.js';
import { send, type HeaderLines } from '../support/http-client.js';
import { platforms, start, type RunningApp } from '../support/platforms.js';

const OLD_SECRET = 'the old secret of this key';

/** What a handler is given; JSON leaves out what is undefined. */
class Handlers {
  @Get('caller')
  caller(@VerifiedSignature() caller?: VerifiedRequest) {
    return { caller };
  }

  @Get('header')
  header(@SignedHeader('X-Note') note?: string) {
    return { note };
  }

  @Get('forbidden-names')
  ofPrototype(@SignedHeader('constructor') constructor?: string, @SignedHeader('__proto__') proto?: string) {
    return { constructor, proto };
  }
}

@RequireApigSignature()
@Controller('guarded')
class GuardedHandlers extends Handlers {}

@SkipApigSignature()
@Controller('skipped')
class SkippedHandlers extends GuardedHandlers {}

@Controller('unguarded')
class UnguardedHandlers extends Handlers {}

/** A user's own, which lets strangers in too. */
class LenientGuard extends SignatureGuard {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    try {
      return await super.canActivate(context);
    } catch {
      return true;
    }
  }
}

@UseGuards(LenientGuard)
@Controller('lenient')
class LenientHandlers extends Handlers {}

/** A middleware that gives a request other headers than it came with, in Node's own list and in a new one. */
function rewriteIfAsked(request: IncomingMessage, _response: unknown, next: () => void): void {
  if (request.headers['x-rewrite']) {
    const rewritten = request.rawHeaders.map((each) => (each === 'signed' ? 'rewritten' : each));
    request.rawHeaders.splice(0, Infinity, ...rewritten);
    request.rawHeaders = rewritten;
  }
  next();
}

describe.each(platforms)('on $name', (platform) => {
  let running: RunningApp;

  beforeAll(async () => {
    @Module({
      imports: [ApigSignatureModule.forRoot({ keys: { [KEY]: [SECRET, OLD_SECRET] } })],
      controllers: [GuardedHandlers, SkippedHandlers, UnguardedHandlers, LenientHandlers],
    })
    class AppModule {}
    running = await start(platform, AppModule, { prepare: (app) => app.use(rewriteIfAsked) });
  });
  afterAll(() => running.app.close());

  /** What the handler got of a signed request, with header lines added on the way. */
  async function given(
    target: string,
    headers: HeaderLines,
    added: HeaderLines = [],
    secret = SECRET,
  ): Promise<unknown> {
    const signed = forward({ target, headers }, { secret });
    const reply = await send(running.port, { ...signed, headers: [...signed.headers, ...added] });
    expect(reply.status).toBe(200);
    return JSON.parse(reply.text);
  }

  it('@VerifiedSignature() gives exactly what is proved about the request', async () => {
    const date: HeaderLines[number] = ['X-Sdk-Date', new Date().toISOString().replace(/[-:]|\.\d+/g, '')];
    const at = date[1].replace(/(....)(..)(..T..)(..)(..)Z/, '$1-$2-$3:$4:$5.000Z');
    const caller = {
      ok: true,
      key: KEY,
      secretIndex: 0,
      signedHeaders: ['host', 'x-sdk-date'],
      date: at,
      bodyVerified: true,
    };
    expect(await given('/guarded/caller', [date], [['X-Note', 'unsigned']])).toEqual({ caller });
    expect(await given('/guarded/caller', [date], [], OLD_SECRET)).toEqual({ caller: { ...caller, secretIndex: 1 } });
    const undeclared = await given('/guarded/caller', [date, ['x-sdk-content-sha256', 'UNSIGNED-PAYLOAD']]);
    expect(undeclared).toMatchObject({ caller: { bodyVerified: false } });
  });

  it.each<[what: string, signed: HeaderLines, added: HeaderLines, note: object]>([
    ['a signed header', [['x-NOTE', 'signed']], [], { note: 'signed' }],
    ['a value without the blanks around it', [['x-note', ' \t two  words\t ']], [], { note: 'two  words' }],
    ['an empty value', [['x-note', '']], [], { note: '' }],
    ['a value with bytes above 0x7F', [['x-note', 'é']], [], { note: 'Ã©' }],
    [
      'a value as it came, although a middleware changed it',
      [['x-note', 'signed']],
      [['x-rewrite', '1']],
      { note: 'signed' },
    ],
    ['undefined for an unsigned header', [], [['x-note', 'unsigned']], {}],
    ['undefined for an absent header', [], [], {}],
  ])('@SignedHeader() gives %s', async (_, signed, added, note) => {
    expect(await given('/guarded/header', signed, added)).toEqual(note);
  });

  it('@SignedHeader() knows only names that were sent', async () => {
    expect(await given('/guarded/forbidden-names', [])).toEqual({});
    const sent: HeaderLines = [
      ['Constructor', 'a'],
      ['__proto__', 'b'],
    ];
    expect(await given('/guarded/forbidden-names', sent)).toEqual({ constructor: 'a', proto: 'b' });
  });

  it.each(['/skipped', '/unguarded'])(
    'both give nothing in %s handlers, even if the request is signed',
    async (path) => {
      expect(await given(`${path}/caller`, [])).toEqual({});
      expect(await given(`${path}/header`, [['x-note', 'signed']])).toEqual({});
    },
  );

  it('both give nothing for a refused request, even if a derived guard lets it through', async () => {
    expect(await given('/lenient/caller', [])).toMatchObject({ caller: { key: KEY } });
    expect(await given('/lenient/caller', [], [], `not ${SECRET}`)).toEqual({});
    expect(await given('/lenient/header', [['x-note', 'signed']], [], `not ${SECRET}`)).toEqual({});
  });
});
