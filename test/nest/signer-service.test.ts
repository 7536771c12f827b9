import { Controller, Inject, Module, Post, Req, UseInterceptors } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ApigSignatureModule,
  RawBodyInterceptor,
  SignerService,
  type ApigSignatureOptions,
  type RequestToSign,
  type SignedRequest,
} from '../../src/index.js';
import { sha256Hex } from '../../src/core/index.js';
import { forward, HOST, KEY, KEYS, reauthorize, SECRET, withHeader } from '../support/gateway.js';
import { startGuarded } from '../support/guarded-app.js';
import { heldBy, untilHeld } from '../support/held-bytes.js';
import { send, toBytes, type RequestToSend } from '../support/http-client.js';
import { platforms, start, type RunningApp } from '../support/platforms.js';
import { RawConnection } from '../support/raw-connection.js';

const verdicts: string[] = [];

/** A route without a guard, which asks for the verdict itself. */
@Controller()
class AskingController {
  constructor(@Inject(SignerService) private readonly signer: SignerService) {}

  @Post('ask')
  @UseInterceptors(RawBodyInterceptor)
  async ask(@Req() request: object) {
    const verdict = await this.signer.verify(request);
    const said = verdict.ok ? verdict.key : verdict.refusal.code;
    verdicts.push(said);
    return said;
  }
}

@Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS, bodyLimit: 100_000 })], controllers: [AskingController] })
class AskingModule {}

describe.each(platforms)('a route on $name that calls SignerService', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await start(platform, AskingModule);
  });
  afterAll(() => running.app.close());

  const signed = (body: string | Uint8Array) =>
    forward({ method: 'POST', target: '/ask', headers: [['Content-Type', 'application/octet-stream']], body });
  const large = Buffer.alloc(100_000, 'x');
  const declaring = forward({
    method: 'POST',
    target: '/ask',
    headers: [
      ['Content-Type', 'application/octet-stream'],
      ['X-Sdk-Content-Sha256', sha256Hex('body')],
    ],
    body: 'body',
  });
  const unlike = (signature: string) => signature.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
  const tampered = Buffer.concat([large.subarray(1), Buffer.from('y')]);

  it.each([
    ['a signed body', signed('some bytes'), KEY],
    ['a body as large as the limit', signed(large), KEY],
    ['no body', forward({ method: 'POST', target: '/ask', headers: [['Content-Length', '0']] }), KEY],
    ['another body of that size', { ...signed(large), body: tampered }, 'SIGNATURE_MISMATCH'],
    ['no Authorization', withHeader(signed('some bytes'), 'Authorization'), 'AUTHORIZATION_MISSING'],
  ])('gets the verdict on %s', async (_what, request, verdict) => {
    expect(await send(running.port, request)).toMatchObject({ status: 201, text: verdict });
  });

  it('is not called if the body exceeds the limit', async () => {
    const reply = await send(running.port, signed(Buffer.alloc(100_001, 'x')));
    expect(reply.status).toBe(413);
    expect(JSON.parse(reply.text)).toMatchObject({ code: 'BODY_TOO_LARGE', message: 'Request body too large.' });
  });

  it.each<[what: string, code: string, request: RequestToSend]>([
    ['a scheme and nothing more', 'AUTHORIZATION_MALFORMED', reauthorize(signed('body'), () => 'SDK-HMAC-SHA256')],
    ['an unknown key', 'KEY_UNKNOWN', reauthorize(signed('body'), (line) => line.replace(KEY, 'nobody'))],
    ['an absent signed header', 'SIGNED_HEADER_MISSING', withHeader(signed('body'), 'Content-Type')],
    ['an old date', 'SIGNATURE_EXPIRED', withHeader(signed('body'), 'X-Sdk-Date', '20000101T000000Z')],
    ['a declared hash that was not signed', 'SIGNATURE_MISMATCH', reauthorize(declaring, unlike)],
    ['an ambiguous target', 'TARGET_AMBIGUOUS', { ...signed('body'), target: '/ask?=a' }],
  ])('gets %s before the body has come, and holds no byte of the body', async (_what, code, request) => {
    verdicts.length = 0;
    const framing = ['Content-Length', '100000'] as const;
    const head = toBytes({ ...request, headers: [...request.headers, framing], body: undefined });
    const connection = await RawConnection.to(running.port);
    await connection.write(Buffer.concat([head, large.subarray(0, 50_000)]));
    expect(await connection.untilReplied()).toMatchObject([{ status: 201, text: code }]);
    expect(verdicts).toEqual([code]);
    expect(heldBy(running.app)).toBe(0);
    connection.socket.destroy();
  });

  it('gets the verdict on a body that was cut short, and releases its bytes', async () => {
    verdicts.length = 0;
    const request = signed('all that was signed');
    const framing = ['Content-Length', '19'] as const;
    const head = toBytes({ ...request, headers: [...request.headers, framing], body: undefined });
    const connection = await RawConnection.to(running.port);
    await connection.write(Buffer.concat([head, Buffer.from('all that')]));
    await expect.poll(() => heldBy(running.app)).toBeGreaterThan(0);
    connection.socket.destroy();
    await expect.poll(() => verdicts).toEqual(['SIGNATURE_MISMATCH']);
    await untilHeld(running.app, 0);
  });

  it('signs with the first secret of a key, and with no unknown key', async () => {
    const signer = running.app.get(SignerService);
    const request = { method: 'POST', target: '/ask', headers: [['Host', HOST]] as const };
    const { headers } = await signer.sign(request, { key: KEY });
    expect(await send(running.port, { ...request, headers })).toMatchObject({ text: KEY });
    await expect(signer.sign(request, { key: 'nobody' })).rejects.toThrow('No signing key "nobody"');
    expect(JSON.stringify(headers)).not.toContain(SECRET);
  });
});

describe.each(platforms)('SignerService on $name', (platform) => {
  const NOW = Date.UTC(2026, 0, 15, 9, 30, 45);
  const request: RequestToSign = { method: 'GET', target: '/', headers: [['Host', HOST]] };
  const signerWith = async (keys: ApigSignatureOptions['keys']) => {
    const { app } = await startGuarded(platform, [ApigSignatureModule.forRoot({ keys, now: () => NOW })]);
    return app.get(SignerService, { strict: false });
  };

  it('dates a request by the option now, unless a date is given', async () => {
    const signer = await signerWith(KEYS);
    const dateOf = ({ headers }: SignedRequest) => headers.find(([name]) => name === 'X-Sdk-Date')?.[1];
    expect(dateOf(await signer.sign(request, { key: KEY }))).toBe('20260115T093045Z');
    expect(dateOf(await signer.sign(request, { key: KEY, date: NOW - 1000 }))).toBe('20260115T093044Z');
  });

  it('rejects with the reason if the keys cannot be looked up', async () => {
    const signer = await signerWith(() => Promise.reject(new Error('vault sealed')));
    await expect(signer.sign(request, { key: KEY })).rejects.toThrow('vault sealed');
  });

  it('rejects a value that is not a request, and has no request in raw', async () => {
    const signer = await signerWith(KEYS);
    await expect(signer.verify({ raw: {} })).rejects.toThrow(
      new TypeError("request: expected Node's request, or a framework's"),
    );
  });
});
