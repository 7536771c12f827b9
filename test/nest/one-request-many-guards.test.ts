import { Controller, Get, Module, Next, Post, UseGuards, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, it, vi } from 'vitest';
import {
  ApigSignatureModule,
  RequireApigSignature,
  SignatureGuard,
  SignedHeader,
  SkipApigSignature,
  VerifiedSignature,
  type ApigSignatureOptions,
  type VerifiedRequest,
} from '../../src/index.js';
import { forward, HOST, KEY, SECRET } from '../support/gateway.js';
import { send, type HeaderLines, type RequestToSend } from '../support/http-client.js';
import { express, platforms, startForTest, type Platform } from '../support/platforms.js';
import { refusalReply, unauthorized } from '../support/refused-replies.js';

const NOTE: HeaderLines = [['X-Note', 'noted']];
const DECLARED: HeaderLines = [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']];
const nothing: ClassDecorator = () => undefined;
const globally: Provider = { provide: APP_GUARD, useExisting: SignatureGuard };

/** Keys from a function that counts how often it is asked. */
const countingKeys = () => vi.fn(async (key: string) => Promise.resolve(key === KEY ? SECRET : undefined));

async function startWith(
  platform: Platform,
  options: ApigSignatureOptions,
  controllers: (new () => object)[],
  providers: Provider[] = [],
) {
  @Module({ imports: [ApigSignatureModule.forRoot(options)], controllers, providers })
  class AppModule {}
  return (await startForTest(platform, AppModule)).port;
}

/** What a handler was told of the request. */
type Seen = readonly [handler: string, key: string | undefined, note: string | undefined];

/** Two controllers on one path, the first of which hands the request on to the second. */
function chain(first: ClassDecorator, second: ClassDecorator) {
  const seen: Seen[] = [];

  @first
  @Controller('chain')
  class First {
    @Get()
    get(
      @VerifiedSignature() caller: VerifiedRequest | undefined,
      @SignedHeader('X-Note') note: string,
      @Next() next: () => void,
    ) {
      seen.push(['first', caller?.key, note]);
      next();
    }
  }

  @second
  @Controller('chain')
  class Second {
    @Get()
    get(@VerifiedSignature() caller: VerifiedRequest | undefined, @SignedHeader('X-Note') note: string) {
      seen.push(['second', caller?.key, note]);
      return 'both';
    }
  }

  return { seen, controllers: [First, Second] };
}

describe('next(), on Express', () => {
  const require = RequireApigSignature();
  const signed = forward({ target: '/chain', headers: NOTE });
  const unsigned: RequestToSend = { method: 'GET', target: '/chain', headers: [['Host', HOST], ...NOTE] };
  const withUnsignedNote = forward({ target: '/chain' });
  const undeclared = forward({ target: '/chain', headers: [...NOTE, ...DECLARED] });
  const both = { status: 200, text: 'both' };
  const first: Seen = ['first', KEY, 'noted'];
  const second: Seen = ['second', KEY, 'noted'];
  const firstNothing: Seen = ['first', undefined, undefined];
  const secondNothing: Seen = ['second', undefined, undefined];

  type Case = [what: string, first: ClassDecorator, second: ClassDecorator, RequestToSend, reply: object, seen: Seen[]];

  /** What holds with a global guard and without. */
  const decorated: readonly Case[] = [
    ['two guards pass', require, require, signed, both, [first, second]],
    [
      'a strict handler judges anew what passed at a lax one',
      require,
      RequireApigSignature({ requiredSignedHeaders: ['x-note'] }),
      { ...withUnsignedNote, headers: [...withUnsignedNote.headers, ...NOTE] },
      unauthorized('HEADER_NOT_SIGNED', 'x-note'),
      [['first', KEY, undefined]],
    ],
    [
      'the second allows other keys',
      RequireApigSignature({ allowedKeys: [KEY] }),
      RequireApigSignature({ allowedKeys: ['other'] }),
      signed,
      unauthorized('KEY_UNKNOWN'),
      [first],
    ],
    [
      'the second wants the body signed',
      RequireApigSignature({ unsignedPayload: 'accept' }),
      RequireApigSignature({ unsignedPayload: 'refuse' }),
      undeclared,
      unauthorized('UNSIGNED_PAYLOAD'),
      [first],
    ],
    [
      'the first refuses',
      RequireApigSignature({ allowedKeys: ['other'] }),
      require,
      signed,
      unauthorized('KEY_UNKNOWN'),
      [],
    ],
    [
      'a skip is no pass',
      SkipApigSignature(),
      require,
      unsigned,
      unauthorized('AUTHORIZATION_MISSING'),
      [firstNothing],
    ],
    ['a skip proves nothing', SkipApigSignature(), require, signed, both, [firstNothing, second]],
    ['nor after a handler that verified', require, SkipApigSignature(), signed, both, [first, secondNothing]],
  ];

  const unguarded: readonly Case[] = [
    ['no guard is no pass', nothing, require, unsigned, unauthorized('AUTHORIZATION_MISSING'), [firstNothing]],
    ['no guard proves nothing', nothing, require, signed, both, [firstNothing, second]],
    ['nor after a handler that verified', require, nothing, signed, both, [first, secondNothing]],
  ];

  async function expectCase(providers: Provider[], [, first, second, request, reply, seenAtLast]: Case): Promise<void> {
    const { seen, controllers } = chain(first, second);
    const keys = countingKeys();
    const port = await startWith(express, { keys }, controllers, providers);
    expect(await send(port, request)).toMatchObject(reply);
    expect(seen).toEqual(seenAtLast);
    expect(keys.mock.calls).toEqual(seenAtLast.some(([, key]) => key) ? [[KEY]] : []);
  }

  it.each(decorated)('%s', (...each) => expectCase([], each));
  it.each(unguarded)('%s', (...each) => expectCase([], each));
  it.each(decorated)('under a global guard: %s', (...each) => expectCase([globally], each));
});

describe.each(platforms)('on $name', (platform) => {
  @RequireApigSignature()
  @UseGuards(SignatureGuard)
  @Controller()
  class ManyGuards {
    @RequireApigSignature()
    @Post()
    post(@VerifiedSignature() { key, bodyVerified }: VerifiedRequest) {
      return { key, bodyVerified };
    }
  }

  it('four guards of one route ask for the keys once, and all see the body', async () => {
    const keys = countingKeys();
    const port = await startWith(platform, { keys }, [ManyGuards], [globally]);
    for (const body of ['first', 'second']) {
      const request = forward({ method: 'POST', headers: [['Content-Type', 'application/octet-stream']], body });
      expect(await send(port, request)).toMatchObject({
        status: 201,
        text: JSON.stringify({ key: KEY, bodyVerified: true }),
      });
    }
    expect(keys.mock.calls).toEqual([[KEY], [KEY]]);
  });

  it('keys that fail are asked for once for each request', async () => {
    const keys = vi.fn(() => Promise.reject(new Error('down')));
    const port = await startWith(platform, { keys }, [ManyGuards], [globally]);
    const unavailable = refusalReply(503, 'KEYS_UNAVAILABLE', 'Signing keys are unavailable.');
    expect(await send(port, forward({ method: 'POST' }))).toMatchObject(unavailable);
    expect(keys).toHaveBeenCalledTimes(1);
  });
});
