import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Controller, Module, Post, Req, type INestApplication } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sha256Hex } from '../../../src/core/index.js';
import { ApigSignatureModule, SignerService, type ApigSignatureOptions } from '../../../src/index.js';
import { catchAll } from '../../support/catch-all.js';
import { forward, HOST, KEY, KEYS, SECRET, withHeader } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import { sendHttp2 } from '../../support/http2-client.js';
import {
  express,
  fastify,
  platforms,
  startForTest,
  type Platform,
  type StartOptions,
} from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { unauthorized } from '../../support/refused-replies.js';

const HOUR = 3600_000;
const mismatched = () => forward({}, { secret: 'of nobody' });
const mismatch = unauthorized('SIGNATURE_MISMATCH');

async function start(platform: Platform, options: ApigSignatureOptions = {}, more: StartOptions = {}) {
  const logger = new RecordedLog();
  const module = catchAll({ keys: KEYS, explain: true, ...options });
  return { logger, ...(await startForTest(platform, module, { logger, ...more })) };
}

/** Moves the clock of the pauses between explanations, and no other. */
function pausesAt(milliseconds: number): void {
  vi.spyOn(performance, 'now').mockReturnValue(milliseconds);
}

@Controller()
class JudgingController {
  constructor(private readonly signer: SignerService) {}

  @Post()
  async judge(@Req() request: object) {
    const { ok } = await this.signer.verify(request);
    await setTimeout(20);
    return { ok };
  }
}

@Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS, explain: true })], controllers: [JudgingController] })
class JudgingModule {}

describe.each(platforms)('the explainer, on $name', (platform) => {
  afterEach(() => void vi.restoreAllMocks());

  it('writes after the response, even if that takes long', async () => {
    const order: string[] = [];
    const prepare = (app: { getHttpServer(): unknown }) => {
      const follow = (_: IncomingMessage, response: ServerResponse) => {
        response.once('finish', () => order.push('response'));
      };
      (app.getHttpServer() as Server).prependListener('request', follow);
    };
    const logger = new RecordedLog();
    const { port } = await startForTest(platform, JudgingModule, { logger, prepare });
    const said = logger.lineWith('SIGNATURE_MISMATCH').then(() => order.push('log'));
    expect(await send(port, forward({ method: 'POST' }, { secret: 'of nobody' }))).toMatchObject({ status: 201 });
    await said;
    expect(order).toEqual(['response', 'log']);
  });

  it('shows the received and the expected texts', async () => {
    const date = '20260115T093045Z';
    const { logger, port } = await start(platform, { now: () => Date.UTC(2026, 0, 15, 9, 30, 45) });
    await send(port, forward({ headers: [['X-Sdk-Date', date]] }, { secret: `${SECRET}\n` }));
    const canonicalRequest = `GET\n/\n\nhost:${HOST}\nx-sdk-date:${date}\n\nhost;x-sdk-date\n${sha256Hex('')}`;
    expect((await logger.lineWith('SIGNATURE_MISMATCH')).split('\n')).toEqual([
      expect.stringMatching(/^warn SIGNATURE_MISMATCH because of SECRET_ENDS: \w/),
      `  received: ${canonicalRequest.replaceAll('\n', '|')}`,
      `  string to sign: SDK-HMAC-SHA256|${date}|${sha256Hex(canonicalRequest)} ApigSignature`,
    ]);
  });

  it('does not use its turn for another refusal, whatever the date', async () => {
    const { logger, port } = await start(platform);
    pausesAt(5000);
    const inLocalTime = { date: Date.now() - 8 * HOUR };
    const incomplete = withHeader(forward({ headers: [['X-Note', 'noted']] }, inLocalTime), 'X-Note');
    expect(await send(port, incomplete)).toMatchObject({ status: 401 });
    expect(await send(port, mismatched())).toMatchObject(mismatch);
    expect(await logger.lineWith('SIGNATURE_')).toContain('without a known cause');
  });

  it('ignores a parsed body of more than 64 KiB, because counting its members takes long', async () => {
    const { logger, port } = await start(platform);
    const headers = [['Content-Type', 'application/json']] as const;
    for (const [path, bytes, cause] of [
      ['/small', 2 ** 16, 'because of BODY_REWRITTEN'],
      ['/large', 2 ** 16 + 1, 'without a known cause'],
    ] as const) {
      pausesAt(performance.now() + 1000);
      const signed = forward({ method: 'POST', target: path, headers, body: '{"a":1}' });
      expect(await send(port, { ...signed, body: Buffer.from('{"a":1}'.padEnd(bytes)) })).toMatchObject(mismatch);
      expect(await logger.lineWith(`POST|${path}/|`)).toContain(cause);
    }
  });

  it('treats the global prefix as one that a proxy may remove', async () => {
    const prepare = async (app: INestApplication) => void app.setGlobalPrefix('shop');
    const { logger, port } = await start(platform, {}, { prepare });
    const signed = forward({ target: '/shop/shop/users' });
    expect(await send(port, { ...signed, target: '/shop/users' })).toMatchObject(mismatch);
    expect(await logger.lineWith('SIGNATURE_MISMATCH')).toContain('because of PATH_PREFIX_STRIPPED');
  });

  it('masks the secrets of every key in the request', async () => {
    const others = { other: 'secret-of-the-other-key', third: ['older-secret-of-the-third', 'secret-of-the-third'] };
    const { logger, port } = await start(platform, { keys: { ...KEYS, ...others } });
    const secrets = Object.values(others).flat();
    const headers = secrets.map((secret, at) => [`X-Note-${at}`, `it is ${secret}`] as const);
    const signed = forward({ target: `/api/${secrets[0]}?a=${secrets[2]}`, headers });
    expect(await send(port, { ...signed, target: signed.target.slice(4) })).toMatchObject(mismatch);
    const line = await logger.lineWith('SIGNATURE_MISMATCH');
    expect(line).toContain('because of PATH_PREFIX_STRIPPED');
    expect(line).toContain('x-note-0:it is ***');
    for (const secret of secrets) expect(line).not.toContain(secret);
  });

  it('writes once a second at most, and says how many requests it left out', async () => {
    const { logger, port } = await start(platform);
    pausesAt(5000);
    await send(port, mismatched());
    expect(await logger.lineWith('SIGNATURE_MISMATCH')).not.toContain('left out');
    pausesAt(5999);
    for (let count = 0; count < 3; count++) await send(port, mismatched());
    pausesAt(6000);
    await send(port, mismatched());
    expect(await logger.lineWith('left out')).toContain('\n  3 more were left out: one a second is explained.');
    pausesAt(7000);
    await send(port, forward({ target: '/last' }, { secret: 'of nobody' }));
    expect(await logger.lineWith('GET|/last/')).not.toContain('left out');
    expect(logger.lines.filter((line) => line.includes('SIGNATURE_MISMATCH'))).toHaveLength(3);
  });

  it('writes only if it is set, and only about mismatches', async () => {
    const silent = await start(platform, { explain: false });
    const unset = await start(platform, { explain: undefined });
    for (const { port } of [silent, unset]) expect(await send(port, mismatched())).toMatchObject(mismatch);
    const { logger, port } = await start(platform);
    expect(await send(port, forward())).toMatchObject({ status: 200 });
    const expired = forward({}, { date: Date.now() - 7.1 * HOUR });
    expect(await send(port, expired)).toMatchObject(unauthorized('SIGNATURE_EXPIRED'));
    const forged = forward({}, { date: Date.now() - 8 * HOUR, secret: 'of nobody' });
    expect(await send(port, forged)).toMatchObject(unauthorized('SIGNATURE_EXPIRED'));
    expect(await send(port, forward({}, { key: 'other' }))).toMatchObject(unauthorized('KEY_UNKNOWN'));
    // The forged one has taken the turn of this second.
    pausesAt(performance.now() + 1000);
    expect(await send(port, forward({ target: '/last' }, { secret: 'of nobody' }))).toMatchObject(mismatch);
    expect(await logger.lineWith('GET|/last/')).not.toContain('left out');
    for (const log of [silent.logger, unset.logger]) expect(log.lines.join()).not.toContain('SIGNATURE_');
    expect(logger.lines.filter((line) => line.includes('SIGNATURE_'))).toHaveLength(1);
  });

  it('does not call the key function again', async () => {
    const asked: string[] = [];
    const keys = (key: string) => {
      asked.push(key);
      return key === KEY ? SECRET : undefined;
    };
    const { logger, port } = await start(platform, { keys });
    expect(await send(port, mismatched())).toMatchObject(mismatch);
    await logger.lineWith('SIGNATURE_MISMATCH');
    expect(asked).toEqual([KEY]);
  });

  it('explains a declared body hash whose body has not been read', async () => {
    const { logger, port } = await start(platform);
    const headers = [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']] as const;
    const request = forward({ method: 'PUT', headers, body: 'unread' }, { secret: `${SECRET}\n` });
    expect(await send(port, request)).toMatchObject(mismatch);
    const line = await logger.lineWith('SIGNATURE_MISMATCH');
    expect(line).toContain('because of SECRET_ENDS');
    expect(line).toContain('|UNSIGNED-PAYLOAD\n');
  });

  it('explains refusals of SignerService', async () => {
    const logger = new RecordedLog();
    const { port } = await startForTest(platform, JudgingModule, { logger });
    const body = '{ "a": 1 }';
    const signed = forward({ method: 'POST', headers: [['Content-Type', 'application/json']], body: '{"a":1}' });
    const reply = await send(port, { ...signed, body: Buffer.from(body) });
    expect(reply).toMatchObject({ status: 201, text: '{"ok":false}' });
    expect(await logger.lineWith('SIGNATURE_MISMATCH')).toContain('because of BODY_REWRITTEN');
  });
});

it('the explainer ignores a parsed body that express unpacked, which may have any size', async () => {
  const { logger, port } = await start(express);
  const headers = [
    ['Content-Type', 'application/json'],
    ['Content-Encoding', 'gzip'],
  ] as const;
  const signed = forward({ method: 'POST', headers, body: '{"a":1}' });
  expect(await send(port, { ...signed, body: gzipSync('{ "a": 1 }') })).toMatchObject(mismatch);
  expect(await logger.lineWith('SIGNATURE_MISMATCH')).toContain('without a known cause');
});

it('the explainer explains requests over HTTP/2', async () => {
  const { logger, port } = await start(fastify, {}, { adapter: fastify.adapter({ http2: true }) });
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    expect(await sendHttp2(session, forward({}, { secret: `${SECRET}\n` }))).toMatchObject(mismatch);
    expect(await logger.lineWith('SIGNATURE_MISMATCH')).toContain('because of SECRET_ENDS');
  } finally {
    session.close();
  }
});
