import { inspect } from 'node:util';
import { Controller, Inject, Module, Post, Req, UseGuards, type Provider, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, it, vi } from 'vitest';
import {
  ApigSignatureModule,
  RequireApigSignature,
  SignatureGuard,
  SignerService,
  SkipApigSignature,
  type ApigSignatureOptions,
  type VerdictEvent,
} from '../../../src/index.js';
import { forward, HOST, KEY, SECRET, withHeader } from '../../support/gateway.js';
import { send, type HeaderLines, type RequestToSend } from '../../support/http-client.js';
import { platforms, startForTest, type Platform } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { unauthorized } from '../../support/refused-replies.js';

const OLD_SECRET = 'the old secret of this key';
const NOW = Date.UTC(2026, 0, 15, 9, 30, 45);
const dated = (date: string): HeaderLines => [['X-Sdk-Date', date]];
const HALF_A_MINUTE_AGO = dated('20260115T093015Z');
const UNDECLARED: HeaderLines = [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']];

const globally: Provider = { provide: APP_GUARD, useExisting: SignatureGuard };

@RequireApigSignature()
@Controller()
class Guarded {
  @Post('plain')
  plain() {
    return 'passed';
  }

  @RequireApigSignature({ allowedKeys: ['other'], bodyLimit: 4 })
  @Post('strict')
  strict() {
    return 'passed';
  }

  @RequireApigSignature({ bodyLimit: 4 })
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

@RequireApigSignature()
@UseGuards(SignatureGuard)
@Controller('many')
class ManyGuards {
  @RequireApigSignature()
  @UseGuards(SignatureGuard)
  @Post()
  post() {
    return 'passed';
  }
}

@Controller('asked')
class Asking {
  constructor(@Inject(SignerService) private readonly signer: SignerService) {}

  @SkipApigSignature()
  @Post()
  async ask(@Req() request: object) {
    return (await this.signer.verify(request)).ok;
  }
}

async function startWith(platform: Platform, options: ApigSignatureOptions, providers: Provider[] = []) {
  const controllers: Type[] = [Guarded, ManyGuards, Asking];
  const keys = (key: string) => {
    if (key === 'broken') throw new Error('vault sealed');
    return key === KEY ? [SECRET, OLD_SECRET] : undefined;
  };
  @Module({
    imports: [ApigSignatureModule.forRoot({ keys, now: () => NOW, ...options })],
    controllers,
    providers,
  })
  class AppModule {}
  const logger = new RecordedLog();
  return { ...(await startForTest(platform, AppModule, { logger })), logger };
}

/** A POST to a path, which the gateway signed half a minute ago. */
function post(path: string, headers: HeaderLines = [], options: Parameters<typeof forward>[1] = {}, body = 'bytes') {
  const all: HeaderLines = [['Content-Type', 'application/octet-stream'], ...HALF_A_MINUTE_AGO, ...headers];
  return forward({ method: 'POST', target: path, headers: all, body }, options);
}

const facts = (route: string) => ({ route, duration: expect.any(Number) as number });
const verified = (route: string, changes: object = {}) => ({
  ...facts(route),
  ...{ ok: true, key: KEY, secretIndex: 0, skew: -30, bodyVerified: true },
  ...changes,
});
const refused = (route: string, code: string, changes: object = {}) => ({
  ...facts(route),
  ...{ ok: false, code, reported: false },
  ...changes,
});

describe.each(platforms)('onVerdict, on $name', (platform) => {
  const unsigned = (path: string): RequestToSend => ({ method: 'POST', target: path, headers: [['Host', HOST]] });
  const redated = (date: string) => forward({ method: 'POST', target: '/plain', headers: dated(date) });

  it.each<[what: string, request: RequestToSend, event: object]>([
    ['a request that passes', post('/plain'), verified('Guarded.plain')],
    ['the second secret', post('/plain', [], { secret: OLD_SECRET }), verified('Guarded.plain', { secretIndex: 1 })],
    ['an unsigned body', post('/plain', UNDECLARED), verified('Guarded.plain', { bodyVerified: false })],
    ['a date ahead of the clock', redated('20260115T094545Z'), verified('Guarded.plain', { skew: 900 })],
    ['no Authorization', unsigned('/plain'), refused('Guarded.plain', 'AUTHORIZATION_MISSING')],
    [
      'an unknown key',
      post('/plain', [], { key: 'stranger' }),
      refused('Guarded.plain', 'KEY_UNKNOWN', { untrustedKey: 'stranger' }),
    ],
    [
      'a key that the route does not allow',
      post('/strict'),
      refused('Guarded.strict', 'KEY_UNKNOWN', { untrustedKey: KEY }),
    ],
    [
      'keys that cannot be had',
      post('/plain', [], { key: 'broken' }),
      refused('Guarded.plain', 'KEYS_UNAVAILABLE', { untrustedKey: 'broken' }),
    ],
    [
      'a header that is missing',
      withHeader(post('/plain', [['X-Note', 'noted']]), 'X-Note'),
      refused('Guarded.plain', 'SIGNED_HEADER_MISSING', { key: KEY }),
    ],
    [
      'an old date',
      redated('20260115T091544Z'),
      refused('Guarded.plain', 'SIGNATURE_EXPIRED', { key: KEY, skew: -901 }),
    ],
    [
      'another secret',
      post('/plain', [], { secret: 'nobody knows it' }),
      refused('Guarded.plain', 'SIGNATURE_MISMATCH', { key: KEY, skew: -30 }),
    ],
    ['too large a body', post('/small'), refused('Guarded.small', 'BODY_TOO_LARGE', { key: KEY, skew: -30 })],
  ])('is called once for %s', async (_, request, event) => {
    const onVerdict = vi.fn();
    const { port } = await startWith(platform, { onVerdict });
    await send(port, request);
    expect(onVerdict.mock.calls).toEqual([[event]]);
  });

  it('is called for every call in turn, and not for calls without a guard', async () => {
    const events: VerdictEvent[] = [];
    const { port } = await startWith(platform, { onVerdict: (event) => events.push(event) });
    for (const request of [post('/plain'), post('/open'), unsigned('/plain'), unsigned('/open'), post('/plain')]) {
      await send(port, request);
    }
    expect(events.map((event) => event.ok || event.code)).toEqual([true, 'AUTHORIZATION_MISSING', true]);
  });

  it.each(['/plain', '/asked'])('gets the duration of the verdict, at %s', async (path) => {
    const events: VerdictEvent[] = [];
    const { port } = await startWith(platform, { onVerdict: (event) => events.push(event) });
    const start = performance.now();
    await send(port, post(path));
    expect(events).toHaveLength(1);
    expect(events[0]!.duration).toBeGreaterThan(0);
    expect(events[0]!.duration).toBeLessThan(performance.now() - start);
  });

  it('is called once for a call under five guards', async () => {
    const onVerdict = vi.fn();
    const { port } = await startWith(platform, { onVerdict }, [globally]);
    expect(await send(port, post('/many'))).toMatchObject({ status: 201 });
    expect(await send(port, unsigned('/many'))).toMatchObject(unauthorized('AUTHORIZATION_MISSING'));
    expect(onVerdict.mock.calls).toEqual([
      [verified('ManyGuards.post')],
      [refused('ManyGuards.post', 'AUTHORIZATION_MISSING')],
    ]);
  });

  it('is called for SignerService.verify()', async () => {
    const onVerdict = vi.fn();
    const { port } = await startWith(platform, { onVerdict, mode: 'report' });
    expect(await send(port, post('/asked', UNDECLARED))).toMatchObject({ text: 'true' });
    expect(await send(port, unsigned('/asked'))).toMatchObject({ text: 'false' });
    expect(onVerdict.mock.calls).toEqual([
      [verified('SignerService.verify', { bodyVerified: false })],
      [refused('SignerService.verify', 'AUTHORIZATION_MISSING')],
    ]);
  });

  it.each([
    ['quotes and letters beyond ASCII', 'caf\xe9 "\\{}', String.raw`caf\xe9 "\x5c{}`],
    ['a command to a terminal', '\x9b[31m', String.raw`\x9b[31m`],
    ['a long name', 'x'.repeat(4000), 'x'.repeat(128)],
    ['a long name beyond ASCII', '\xff'.repeat(4000), String.raw`\xff`.repeat(32)],
    ['a name that objects have', '__proto__', '__proto__'],
  ])('gets an unknown key as printable text of 128 characters at most: %s', async (_, key, untrustedKey) => {
    const onVerdict = vi.fn();
    const { port } = await startWith(platform, { onVerdict });
    const authorization = `SDK-HMAC-SHA256 Access=${key}, SignedHeaders=host, Signature=00`;
    const request = withHeader(post('/plain'), 'Authorization', authorization);
    expect(await send(port, request)).toMatchObject(unauthorized('KEY_UNKNOWN'));
    expect(onVerdict.mock.calls).toEqual([[refused('Guarded.plain', 'KEY_UNKNOWN', { untrustedKey })]]);
  });

  const hostile = Object.create(null) as object;
  const unspeakable = { [inspect.custom]: () => raise('looked at') };
  it.each<[what: string, onVerdict: () => unknown, said: string]>([
    ['throws', () => raise(new Error('no registry')), 'onVerdict failed: Error: no registry'],
    ['rejects', async () => raise(new Error('no registry')), 'onVerdict failed: Error: no registry'],
    ['throws nothing', () => raise(undefined), 'onVerdict failed: undefined'],
    ['throws what has no text', () => raise(hostile), 'onVerdict failed: [Object: null prototype] {}'],
    ['throws what cannot be shown', () => raise(unspeakable), 'onVerdict failed: {'],
    ['gives what breaks as it is awaited', () => ({ then: () => raise('broken') }), "onVerdict failed: 'broken'"],
    [
      'gives what breaks as it is looked at',
      () => ({
        get then() {
          return raise('broken');
        },
      }),
      "onVerdict failed: 'broken'",
    ],
  ])('changes no verdict if it %s, and the log has one line', async (_, onVerdict, said) => {
    const { port, logger } = await startWith(platform, { onVerdict });
    expect(await send(port, post('/plain'))).toMatchObject({ status: 201, text: 'passed' });
    expect(await send(port, unsigned('/plain'))).toMatchObject(unauthorized('AUTHORIZATION_MISSING'));
    const [line, ...more] = logger.troubles.filter((each) => !each.includes('Content-Type'));
    expect(line!.slice(0, `error ${said}`.length)).toBe(`error ${said}`);
    expect(more).toEqual([]);
  });

  it('does not delay the request until its promise settles', async () => {
    const { port } = await startWith(platform, { onVerdict: () => new Promise(() => undefined) });
    expect(await send(port, post('/plain'))).toMatchObject({ status: 201, text: 'passed' });
  });
});

function raise(problem: unknown): never {
  throw problem;
}
