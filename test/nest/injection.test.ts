import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accepted, echoModule, parsed, streamed } from '../support/echo.controller.js';
import { altered, forward, withHeader } from '../support/gateway.js';
import type { RequestToSend } from '../support/http-client.js';
import { inject } from '../support/injection.js';
import { fastify } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

const MISMATCH = unauthorized('SIGNATURE_MISMATCH');
const JSON_BODY = '{"name":"value"}';
const JSON_TYPE = ['Content-Type', 'application/json'] as const;

describe.each(['before', 'after'])('fastify, inject() %s listen()', (when) => {
  let app: NestFastifyApplication;
  const reply = (request: RequestToSend) => inject(app, request);

  beforeAll(async () => {
    app = await NestFactory.create<NestFastifyApplication>(echoModule(), fastify.adapter(), { logger: false });
    await (when === 'before' ? app.init() : app.listen(0, '127.0.0.1'));
  });
  afterAll(() => app.close());

  it.each([
    ['no body', forward({ target: '/echo?b=1&a=2' }), streamed('')],
    ['an empty body', forward({ method: 'POST', target: '/echo', body: Buffer.alloc(0) }), streamed('')],
  ])('%s', async (_, request, echo) => {
    expect(await reply(request)).toMatchObject(accepted(echo));
    expect(await reply({ ...request, body: Buffer.from('a body') })).toMatchObject(MISMATCH);
  });

  it.each([
    ['JSON', [JSON_TYPE], JSON_BODY, parsed({ name: 'value' })],
    ['JSON from a stream', [JSON_TYPE], [Buffer.from('{"name":'), Buffer.from('"value"}')], parsed({ name: 'value' })],
    ['bytes', [], JSON_BODY, streamed(JSON_BODY)],
    ['bytes from a stream', [], [Buffer.alloc(99_999, 1), Buffer.from([1])], streamed(Buffer.alloc(100_000, 1))],
  ])('%s', async (_, headers, body, echo) => {
    const request = forward({ method: 'POST', target: '/echo', headers, body });
    expect(await reply(request)).toMatchObject(accepted(echo));
    expect(await reply(altered(request, 11))).toMatchObject(MISMATCH);
  });

  it('accepts an unsigned payload', async () => {
    const headers = [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']] as const;
    const request = forward({ method: 'POST', target: '/echo', headers, body: 'anything' });
    expect(await reply(request)).toMatchObject(accepted(streamed('anything', false)));
  });

  it('refuses signed and accepts unsigned repeated headers', async () => {
    const request = forward({ target: '/echo', headers: [['X-Tag', 'one']] });
    const twice = (name: string, value: string) => reply({ ...request, headers: [...request.headers, [name, value]] });
    const authorization = request.headers.find(([name]) => name === 'Authorization')![1];
    expect(await twice('X-Tag', 'two')).toMatchObject(unauthorized('SIGNED_HEADER_REPEATED', 'x-tag'));
    expect(await twice('Authorization', authorization)).toMatchObject(unauthorized('AUTHORIZATION_MALFORMED'));
    const unsigned = { ...request, headers: [...request.headers, ['X-More', '1'], ['X-More', '2']] as const };
    expect(await reply(unsigned)).toMatchObject(accepted(streamed('')));
    expect(await reply(withHeader(request, 'X-Tag', 'one, two'))).toMatchObject(MISMATCH);
  });
});
