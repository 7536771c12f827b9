import { Controller, Inject, Module, Post, Req, UseInterceptors } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApigSignatureModule, RawBodyInterceptor, SignerService } from '../../src/index.js';
import { forward, HOST, KEY, KEYS, SECRET, withHeader } from '../support/gateway.js';
import { heldBy, untilHeld } from '../support/held-bytes.js';
import { send, toBytes } from '../support/http-client.js';
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

describe.each(platforms)('a route on $name that asks SignerService', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await start(platform, AskingModule);
  });
  afterAll(() => running.app.close());

  const signed = (body: string | Uint8Array) =>
    forward({ method: 'POST', target: '/ask', headers: [['Content-Type', 'application/octet-stream']], body });
  const large = Buffer.alloc(100_000, 'x');
  const tampered = Buffer.concat([large.subarray(1), Buffer.from('y')]);

  it.each([
    ['a signed body', signed('some bytes'), KEY],
    ['a body as large as the limit', signed(large), KEY],
    ['another body of that size', { ...signed(large), body: tampered }, 'SIGNATURE_MISMATCH'],
    ['no Authorization', withHeader(signed('some bytes'), 'Authorization'), 'AUTHORIZATION_MISSING'],
  ])('is told of %s', async (_what, request, verdict) => {
    expect(await send(running.port, request)).toMatchObject({ status: 201, text: verdict });
  });

  it('is not called for a body beyond the limit', async () => {
    const reply = await send(running.port, signed(Buffer.alloc(100_001, 'x')));
    expect(reply.status).toBe(413);
    expect(JSON.parse(reply.text)).toMatchObject({ code: 'BODY_TOO_LARGE', message: 'Request body too large.' });
  });

  it('is told of a body that was cut short, and holds nothing of it any more', async () => {
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

  it('signs with the first secret of a key, and knows no others', async () => {
    const signer = running.app.get(SignerService);
    const request = { method: 'POST', target: '/ask', headers: [['Host', HOST]] as const };
    const { headers } = await signer.sign(request, { key: KEY });
    expect(await send(running.port, { ...request, headers })).toMatchObject({ text: KEY });
    await expect(signer.sign(request, { key: 'nobody' })).rejects.toThrow('No signing key "nobody"');
    expect(JSON.stringify(headers)).not.toContain(SECRET);
  });
});
