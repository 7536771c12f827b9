import type { RequestListener } from 'node:http';
import { All, Controller, Module, Post, Req, UseInterceptors, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  ApigSignatureModule,
  RawBodyInterceptor,
  RequireApigSignature,
  SignatureGuard,
  SignedHeader,
  SkipApigSignature,
  VerifiedSignature,
  type ApigSignatureOptions,
  type Verdict,
  type VerdictEvent,
} from '../../../src/index.js';
import { digestOf, restOf, type FrameworkRequest } from '../../support/echo.controller.js';
import { altered, forward, HOST, KEY, KEYS, SECRET, withHeader } from '../../support/gateway.js';
import { send, type HeaderLines, type RequestToSend } from '../../support/http-client.js';
import { mountForTest, platforms, startForTest, type Platform } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { refused } from '../../support/refusals.js';

const BYTES: HeaderLines[number] = ['Content-Type', 'application/octet-stream'];
const NOTE: HeaderLines[number] = ['X-Note', 'noted'];

/** Answers what it was told of the caller, and how much of the body was left to read. */
@RequireApigSignature()
@Controller('told')
class TellingController {
  @All()
  async tell(
    @Req() request: FrameworkRequest,
    @VerifiedSignature() verdict: Verdict,
    @SignedHeader('x-note') note?: string,
  ) {
    const body = await restOf(request);
    return { verdict: verdict.ok ? verdict.key : verdict, note, body, parsed: request.body };
  }

  @RequireApigSignature({ bodyLimit: 10 })
  @Post('small')
  small(@Req() request: FrameworkRequest, @VerifiedSignature() verdict: Verdict) {
    return this.tell(request, verdict);
  }

  @SkipApigSignature()
  @All('open')
  open(@VerifiedSignature() verdict?: Verdict) {
    return { verdict };
  }

  @SkipApigSignature()
  @UseInterceptors(RawBodyInterceptor)
  @Post('intercepted')
  intercepted(@Req() request: FrameworkRequest) {
    return restOf(request);
  }

  @RequireApigSignature({ bodyLimit: 10 })
  @UseInterceptors(RawBodyInterceptor)
  @Post('small/intercepted')
  smallIntercepted(@Req() request: FrameworkRequest) {
    return restOf(request);
  }
}

function appWith(options: ApigSignatureOptions, controller: Type = TellingController): Type {
  @Module({
    imports: [ApigSignatureModule.forRoot({ keys: KEYS, mode: 'report', ...options })],
    controllers: [controller],
    providers: [{ provide: APP_GUARD, useExisting: SignatureGuard }],
  })
  class AppModule {}
  return AppModule;
}

async function startWith(platform: Platform, options: ApigSignatureOptions = {}, controller?: Type) {
  const events: VerdictEvent[] = [];
  const module = appWith({ onVerdict: (event) => events.push(event), ...options }, controller);
  const logger = new RecordedLog();
  const { port } = await startForTest(platform, module, { logger });
  const reports = () => logger.troubles.filter((line) => line.includes('Let through'));
  return { port, logger, events, reports };
}

const post = (target: string, body: string | readonly Uint8Array[], headers: HeaderLines = [BYTES, NOTE]) =>
  forward({ method: 'POST', target, headers, body });
const unsigned = (target: string): RequestToSend => ({ method: 'GET', target, headers: [['Host', HOST], NOTE] });
const told = (reply: { readonly text: string }) => JSON.parse(reply.text) as unknown;

describe.each(platforms)("mode 'report', on $name", (platform) => {
  afterEach(() => void vi.useRealTimers());

  it.each<[what: string, request: RequestToSend, verdict: unknown, body: string]>([
    ['an unsigned request', unsigned('/told'), refused('AUTHORIZATION_MISSING'), ''],
    [
      'a forged one',
      forward({ target: '/told' }, { secret: 'no secret of theirs' }),
      refused('SIGNATURE_MISMATCH'),
      '',
    ],
    ['a changed body', altered(post('/told', 'some bytes')), refused('SIGNATURE_MISMATCH'), 'rome bytes'],
    ['an unknown key', forward({ target: '/told' }, { key: 'stranger' }), refused('KEY_UNKNOWN'), ''],
    [
      'another scheme',
      withHeader(unsigned('/told'), 'Authorization', 'Bearer x'),
      refused('AUTHORIZATION_MALFORMED'),
      '',
    ],
  ])('lets %s through, with the verdict and no header', async (_, request, verdict, body) => {
    const { port, events, reports } = await startWith(platform);
    const reply = await send(port, request);
    expect(told(reply)).toMatchObject({ verdict, body: digestOf(body) });
    expect(told(reply)).not.toHaveProperty('note');
    expect(reply.headers).not.toHaveProperty('www-authenticate');
    const { code, message } = (verdict as ReturnType<typeof refused>).refusal;
    expect(events).toMatchObject([{ ok: false, code, reported: true, route: 'TellingController.tell' }]);
    expect(reports()).toEqual([
      expect.stringContaining(`warn Let through by mode 'report': ${code} (${message}) at TellingController.tell, `),
    ]);
  });

  it("verifies as in mode 'enforce'", async () => {
    const { port, events, reports } = await startWith(platform);
    const reply = told(await send(port, post('/told', 'some bytes')));
    expect(reply).toMatchObject({ verdict: KEY, note: 'noted', body: digestOf('some bytes') });
    expect(events).toMatchObject([{ ok: true, key: KEY }]);
    expect(reports()).toEqual([]);
  });

  it('reports nothing for skipped handlers, and gives them no verdict', async () => {
    const { port, events, reports } = await startWith(platform);
    expect(told(await send(port, unsigned('/told/open')))).toEqual({});
    expect([...events, ...reports()]).toEqual([]);
  });

  it('reports each call on its own, and not an earlier one', async () => {
    const { port, events } = await startWith(platform);
    for (const request of [unsigned('/told'), post('/told', ''), unsigned('/told'), unsigned('/told/open')]) {
      await send(port, request);
    }
    expect(events.map(({ ok }) => ok)).toEqual([false, true, false]);
  });

  describe("gives the handler the whole body where 'enforce' answers with another status than 401", () => {
    const large = 'more than ten bytes';
    const chunks = Array.from({ length: 64 }, () => Buffer.alloc(16_384, 'x'));
    const whole = Buffer.concat(chunks);

    it.each<[what: string, request: RequestToSend, body: string | Buffer]>([
      ['413, declared', post('/told/small', large), large],
      ['413, chunked', post('/told/small', chunks), whole],
      ['413, in one large piece', post('/told/small', whole.toString()), whole],
    ])('%s', async (_, request, body) => {
      const { port, events } = await startWith(platform);
      const { port: enforcing } = await startWith(platform, { mode: 'enforce' });
      expect(await send(port, request)).toMatchObject({ status: 201 });
      expect(told(await send(port, request))).toMatchObject({
        verdict: { ok: false, refusal: { code: 'BODY_TOO_LARGE', message: 'Request body too large.', status: 413 } },
        body: digestOf(body),
      });
      expect(events).toMatchObject([{ code: 'BODY_TOO_LARGE' }, { code: 'BODY_TOO_LARGE' }]);
      expect(await send(enforcing, request)).toMatchObject({ status: 413 });
    });

    it('503', async () => {
      const keys = () => Promise.reject(new Error('vault sealed'));
      const { port, logger } = await startWith(platform, { keys });
      expect(told(await send(port, post('/told', chunks)))).toMatchObject({
        verdict: { ok: false, refusal: { code: 'KEYS_UNAVAILABLE', status: 503 } },
        body: digestOf(whole),
      });
      expect(logger.troubles).toEqual([
        expect.stringContaining("mode 'report'"),
        'error KEYS_UNAVAILABLE: keys() failed: vault sealed ApigSignature',
        expect.stringContaining('KEYS_UNAVAILABLE (Signing keys are unavailable.)'),
      ]);
    });

    it('500', async () => {
      const request = post('/told', 'some bytes');
      const events: VerdictEvent[] = [];
      // Something outside reads the body first, so that nothing is left of it for anybody.
      const readFirst = (handOn: RequestListener): RequestListener => {
        return (incoming, response) => incoming.resume().once('end', () => handOn(incoming, response));
      };
      const { port } = await mountForTest(platform, appWith({ onVerdict: (event) => events.push(event) }), readFirst);
      expect(told(await send(port, request))).toMatchObject({
        verdict: { ok: false, refusal: { code: 'BODY_NOT_CAPTURED', status: 500 } },
        body: digestOf(''),
      });
      expect(events).toMatchObject([{ code: 'BODY_NOT_CAPTURED', reported: true }]);
    });

    it('413 before RawBodyInterceptor', async () => {
      const { port, reports } = await startWith(platform, { bodyLimit: 10 });
      expect(told(await send(port, post('/told/intercepted', chunks)))).toEqual(digestOf(whole));
      expect(reports()).toEqual([
        expect.stringContaining('BODY_TOO_LARGE at TellingController.intercepted, before RawBodyInterceptor'),
      ]);
    });

    it('413 before RawBodyInterceptor, by the limit of the route, if the guard needed no body', async () => {
      const { port, reports } = await startWith(platform);
      const request = post('/told/small/intercepted', chunks, [['X-Sdk-Content-Sha256', 'not a hash']]);
      expect(told(await send(port, request))).toEqual(digestOf(whole));
      expect(reports()).toEqual([
        expect.stringMatching(/: BODY_HASH_MISMATCH .* at TellingController.smallIntercepted, POST/),
        expect.stringContaining('BODY_TOO_LARGE at TellingController.smallIntercepted, before RawBodyInterceptor'),
      ]);
    });

    const target = '/told/small/intercepted';
    const declared = [['X-Sdk-Content-Sha256', digestOf(whole).sha256]] as const;
    it.each<[code: string, request: RequestToSend]>([
      ['KEY_UNKNOWN', forward({ method: 'POST', target, body: chunks }, { key: 'stranger' })],
      ['SIGNATURE_MISMATCH', withHeader(post(target, chunks, declared), 'Host', 'other.example.com')],
    ])(
      'does not wait in RawBodyInterceptor for the body of a request that its headers alone refuse: %s',
      async (code, request) => {
        const { port, reports } = await startWith(platform);
        expect(told(await send(port, request))).toEqual(digestOf(whole));
        expect(reports()).toEqual([expect.stringContaining(`${code} (`)]);
      },
    );
  });

  it('logs one line of each route and code in a minute, and the number of the others', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { port, events, reports } = await startWith(platform);
    const minute = () => vi.advanceTimersByTime(60_000);
    const line = (target: string) =>
      "warn Let through by mode 'report': AUTHORIZATION_MISSING (Authorization not found.) at TellingController.tell, " +
      `GET ${target}`;
    const mismatch =
      "warn Let through by mode 'report': SIGNATURE_MISMATCH (Verify authroization failed.) at TellingController.tell, " +
      `GET /told, key "${KEY}" ApigSignature`;

    for (const query of ['', '?secret=of-theirs', '?b']) await send(port, unsigned(`/told${query}`));
    await send(port, forward({ target: '/told' }, { secret: `not ${SECRET}` }));
    expect(reports()).toEqual([`${line('/told')} ApigSignature`, mismatch]);
    minute();
    await send(port, unsigned('/told?secret=of-theirs'));
    expect(reports().slice(2)).toEqual([`${line('/told')} (and 2 more such since this was said last) ApigSignature`]);
    await send(port, unsigned('/told'));
    minute();
    minute();
    await send(port, unsigned('/told'));
    minute();
    await send(port, unsigned('/told'));
    expect(reports().slice(3)).toEqual([
      `${line('/told')} (and 1 more such since this was said last) ApigSignature`,
      `${line('/told')} ApigSignature`,
    ]);
    expect(events).toHaveLength(8);
  });

  it("logs a limited number of printable characters of a stranger's text", async () => {
    @Controller()
    class AnyPath {
      @All('*')
      any() {
        return 'passed';
      }
    }
    const { port, reports } = await startWith(platform, {}, AnyPath);
    const authorization = `SDK-HMAC-SHA256 Access=${'\x9b'.repeat(3000)}, SignedHeaders=host, Signature=00`;
    const target = `/${'p'.repeat(300)}`;
    await send(port, withHeader(unsigned(target), 'Authorization', authorization));
    const where = `GET /${'p'.repeat(123)}`;
    expect(reports()).toEqual([
      "warn Let through by mode 'report': KEY_UNKNOWN (Signing key not found.) at AnyPath.any, " +
        `${where}, key "${String.raw`\x9b`.repeat(32)}" ApigSignature`,
    ]);
  });
});
