import type { IncomingMessage } from 'node:http';
import {
  All,
  Controller,
  Req,
  type INestApplication,
  type NestApplicationOptions,
  type RawBodyRequest,
} from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { json } from 'express';
import { describe, expect, it } from 'vitest';
import { RequireApigSignature } from '../../../src/index.js';
import { accepted, EchoController, echoModule, parsed, streamed, type Echo } from '../../support/echo.controller.js';
import { altered, forward } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import { express, fastify, platforms, startForTest, type Platform } from '../../support/platforms.js';
import { unauthorized } from '../../support/refused-replies.js';

const BODY = Buffer.from('{"name":"value"}');
const VALUE = parsed({ name: 'value' });
const AT = 10;

interface Setting {
  readonly platform: Platform;
  readonly setting: string;
  readonly options?: NestApplicationOptions;
  readonly prepare?: (app: INestApplication) => unknown;
  readonly type: string;
  readonly echo: Echo;
}

const SETTINGS: readonly Setting[] = [
  {
    platform: express,
    setting: 'bodyParser: false',
    options: { bodyParser: false },
    type: 'application/json',
    echo: streamed(BODY),
  },
  {
    // Fastify's own parser for JSON is there whatever Nest is told.
    platform: fastify,
    setting: 'bodyParser: false',
    options: { bodyParser: false },
    type: 'application/json',
    echo: VALUE,
  },
  {
    platform: express,
    setting: "the user's own json() for every type",
    prepare: (app) => app.use(json({ type: '*/*' })),
    type: 'application/xml',
    echo: VALUE,
  },
  {
    platform: express,
    setting: "the user's own json() instead of Nest's",
    options: { bodyParser: false },
    prepare: (app) => app.use(json()),
    type: 'application/json',
    echo: VALUE,
  },
  {
    platform: express,
    setting: "useBodyParser('text')",
    prepare: (app) => (app as NestExpressApplication).useBodyParser('text'),
    type: 'text/plain',
    echo: parsed(BODY.toString()),
  },
  {
    platform: fastify,
    setting: 'useBodyParser() for a type of its own',
    prepare: (app) =>
      (app as NestFastifyApplication).useBodyParser('application/vnd.api', {}, (_request, bytes, done) => {
        done(null, JSON.parse(bytes.toString()));
      }),
    type: 'application/vnd.api',
    echo: VALUE,
  },
  {
    platform: fastify,
    setting: 'a parser that reads the stream itself',
    prepare: (app) =>
      (app as NestFastifyApplication)
        .getHttpAdapter()
        .getInstance()
        .addContentTypeParser('text/x-stream', async (_request: unknown, payload: IncomingMessage) => {
          let text = '';
          for await (const chunk of payload) text += String(chunk);
          return text;
        }),
    type: 'text/x-stream',
    echo: parsed(BODY.toString()),
  },
];

@RequireApigSignature()
@Controller('raw')
class RawBodyController {
  @All()
  raw(@Req() { rawBody, body }: RawBodyRequest<{ readonly body: unknown }>) {
    return { rawBody: rawBody?.toString(), body };
  }
}

describe.each(SETTINGS)('$platform.name, $setting', ({ platform, options, prepare, type, echo }) => {
  it.each([
    ['in one piece', BODY],
    ['chunked', [BODY.subarray(0, AT), BODY.subarray(AT)]],
  ])('a body %s arrives as it was signed, or is refused', async (_, body) => {
    const { port } = await startForTest(platform, echoModule(), { ...options, ...(prepare && { prepare }) });
    const request = forward({ method: 'POST', target: '/echo', headers: [['Content-Type', type]], body });
    expect(await send(port, request)).toMatchObject(accepted(echo));
    expect(await send(port, altered(request, AT))).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
  });
});

describe.each(platforms)('$name, rawBody: true', (platform) => {
  it('sets rawBody beside the parsed body, and leaves the bytes of other types in the stream', async () => {
    const module = echoModule({}, [RawBodyController, EchoController]);
    const { port } = await startForTest(platform, module, { rawBody: true });
    const request = (target: string, type: string) =>
      forward({ method: 'POST', target, headers: [['Content-Type', type]], body: BODY });
    const { status, text } = await send(port, request('/raw', 'application/json'));
    expect({ status, text }).toEqual({
      status: 200,
      text: JSON.stringify({ rawBody: BODY.toString(), body: { name: 'value' } }),
    });
    expect(await send(port, request('/echo', 'application/xml'))).toMatchObject(accepted(streamed(BODY)));
    for (const forged of [request('/raw', 'application/json'), request('/echo', 'application/xml')]) {
      expect(await send(port, altered(forged, AT))).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
    }
  });
});
