import { Controller, Get, Module, Post, Req } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  ApigSignatureModule,
  RequireApigSignature,
  SignerService,
  type ApigSignatureOptions,
} from '../../../src/index.js';
import { forward, KEYS, reauthorize, SECRET } from '../../support/gateway.js';
import { send, type RequestToSend } from '../../support/http-client.js';
import { platforms, startForTest } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';

const KEY = 'signature_key1';
const OTHER = 'the secret of another key';
const MISMATCH = 'SIGNATURE_MISMATCH (Verify authroization failed.)';
const UNKNOWN = 'KEY_UNKNOWN (Signing key not found.)';
const wrong = { secret: `not ${SECRET}` };
const named = (key: string, target = '/orders/1') =>
  reauthorize(forward({ target }), (line) => line.replace(/Access=[^,]+/, () => `Access=${key}`));

@RequireApigSignature()
@Controller('orders')
class OrdersController {
  @Get(':id')
  order() {
    return 'an order';
  }

  @Get(':a/:b/:c')
  orderBy() {
    return 'an order';
  }

  @RequireApigSignature({ allowedKeys: ['signature_key2'] })
  @Post(':id')
  change() {
    return 'changed';
  }
}

@Controller('open')
class OpenController {
  constructor(private readonly signer: SignerService) {}

  @Get()
  async open(@Req() request: object) {
    return { ok: (await this.signer.verify(request)).ok };
  }
}

describe.each(platforms)('logRefusals, on $name', (platform) => {
  async function startWith(options: ApigSignatureOptions = {}) {
    @Module({
      imports: [
        ApigSignatureModule.forRoot({ keys: { ...KEYS, signature_key2: OTHER }, logRefusals: true, ...options }),
      ],
      controllers: [OrdersController, OpenController],
    })
    class AppModule {}
    const logger = new RecordedLog();
    return { ...(await startForTest(platform, AppModule, { logger })), logger };
  }

  it.each<[what: string, request: RequestToSend, line: string]>([
    [
      'a mismatch',
      forward({ target: '/orders/1?token=abc' }, wrong),
      `Refused: ${MISMATCH} at OrdersController.order, GET /orders/1, key "${KEY}"`,
    ],
    [
      'an unsigned request',
      { method: 'GET', target: '/orders/1', headers: [['Host', 'a']] },
      'Refused: AUTHORIZATION_MISSING (Authorization not found.) at OrdersController.order, GET /orders/1',
    ],
    [
      'an unknown key',
      named('nobody "\\'),
      `Refused: ${UNKNOWN} at OrdersController.order, GET /orders/1, key "nobody "\\x5c" (untrusted: unknown)`,
    ],
    [
      'a secret in place of the key’s name',
      named(SECRET),
      `Refused: ${UNKNOWN} at OrdersController.order, GET /orders/1, key "***" (untrusted: unknown)`,
    ],
    [
      'a key that the route does not allow',
      forward({ method: 'POST', target: '/orders/1' }),
      `Refused: ${UNKNOWN} at OrdersController.change, POST /orders/1, key "${KEY}" ` +
        '(untrusted: not allowed on this route)',
    ],
    [
      'a long path and a long name',
      named('k'.repeat(200), `/orders/${'a'.repeat(90)}/${'b'.repeat(90)}/c`),
      `Refused: ${UNKNOWN} at OrdersController.orderBy, GET /orders/${'a'.repeat(90)}/${'b'.repeat(25)}, ` +
        `key "${'k'.repeat(128)}" (untrusted: unknown)`,
    ],
    [
      'a target that is ambiguous',
      forward({ target: '/orders/%2F' }),
      'Refused: TARGET_AMBIGUOUS (Request target can be read in more than one way.) at OrdersController.order, ' +
        `GET /orders/%2F, reason: encoded slash in the path, key "${KEY}"`,
    ],
    [
      'a verdict that the application asked for',
      forward({ target: '/open' }, wrong),
      `Refused: ${MISMATCH} at SignerService.verify, GET /open, key "${KEY}"`,
    ],
  ])('writes one line for %s', async (_, request, line) => {
    const { port, logger } = await startWith();
    await send(port, request);
    expect(logger.troubles).toEqual([`warn ${line} ApigSignature`]);
  });

  it('writes nothing for a request that passes', async () => {
    const { port, logger } = await startWith();
    expect(await send(port, forward({ target: '/orders/1' }))).toMatchObject({ status: 200 });
    expect(logger.troubles).toEqual([]);
  });

  it('marks a key as untrusted if its secret could not be looked up', async () => {
    const keys = () => {
      throw new Error('down');
    };
    const { port, logger } = await startWith({ keys });
    expect(await send(port, forward({ target: '/orders/1' }))).toMatchObject({ status: 503 });
    expect(logger.troubles).toEqual([
      expect.stringMatching(/^error KEYS_UNAVAILABLE: .*down/),
      'warn Refused: KEYS_UNAVAILABLE (Signing keys are unavailable.) at OrdersController.order, GET /orders/1, ' +
        `key "${KEY}" (untrusted) ApigSignature`,
    ]);
  });

  it('writes ten lines of one route and code, and a line of another code', async () => {
    const { port, logger } = await startWith();
    for (let round = 0; round < 13; round++) await send(port, forward({ target: `/orders/${round}` }, wrong));
    await send(port, named('nobody'));
    expect(logger.troubles.map((line) => /[A-Z]+_[A-Z]+/.exec(line)![0])).toEqual([
      ...Array<string>(10).fill('SIGNATURE_MISMATCH'),
      'KEY_UNKNOWN',
    ]);
  });

  it("marks requests that mode 'report' lets through", async () => {
    const { port, logger } = await startWith({ mode: 'report' });
    for (let round = 0; round < 3; round++) await send(port, forward({ target: '/orders/1' }, wrong));
    const line = `warn Let through by mode 'report': ${MISMATCH} at OrdersController.order, GET /orders/1, key "${KEY}" ApigSignature`;
    expect(logger.troubles.slice(1)).toEqual([line, line, line]);
  });

  it('is off by default', async () => {
    const { port, logger } = await startWith({ logRefusals: undefined });
    await send(port, forward({ target: '/orders/1' }, wrong));
    expect(logger.troubles).toEqual([]);
  });
});
