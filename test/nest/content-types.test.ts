import { connect } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { Controller, Post, Req } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RequireApigSignature } from '../../src/index.js';
import { accepted, echoModule, parsed, streamed, type FrameworkRequest } from '../support/echo.controller.js';
import { forward } from '../support/gateway.js';
import { send, type HeaderLines } from '../support/http-client.js';
import { sendHttp2 } from '../support/http2-client.js';
import { fastify, platforms, startForTest } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';
import { unauthorized } from '../support/refused-replies.js';

const UNTYPED = unauthorized('HEADER_NOT_SIGNED', 'content-type');
const ENCODED = unauthorized('HEADER_NOT_SIGNED', 'content-encoding');
const JSON_TYPE = ['Content-Type', 'application/json'] as const;
const TEXT_TYPE = ['Content-Type', 'text/plain'] as const;
const contentTypes = ['application/json'];

/** Signed over host and x-sdk-date alone, as in the documentation's example. */
const request = (headers: HeaderLines = [], body: Buffer | Buffer[] | null = Buffer.from('{"a":1}')) => {
  const signed = forward({ method: body ? 'POST' : 'GET', target: '/echo', body: body ?? undefined });
  return { ...signed, headers: [...signed.headers, ...headers] };
};

describe.each(platforms)('contentTypes, on $name', (platform) => {
  it('decides how a signed body may be read, and the log has no warning', async () => {
    // Express unpacks before the guard; Fastify would take packed bytes for JSON.
    const packed = platform.name === 'express' ? gzipSync('{"a":1}') : undefined;
    const logger = new RecordedLog();
    const { port } = await startForTest(platform, echoModule({ contentTypes }), { logger });
    expect(await send(port, request([JSON_TYPE]))).toMatchObject(accepted(parsed({ a: 1 })));
    expect(await send(port, request([TEXT_TYPE]))).toMatchObject(UNTYPED);
    expect(await send(port, request())).toMatchObject(UNTYPED);
    expect(await send(port, request([], [Buffer.from('{"a"'), Buffer.from(':1}')]))).toMatchObject(UNTYPED);
    expect(await send(port, request([JSON_TYPE, ['Content-Encoding', 'gzip']], packed))).toMatchObject(ENCODED);
    expect(await send(port, request([], []))).toMatchObject(accepted(streamed('')));
    expect(await send(port, request([], null))).toMatchObject(accepted(streamed('')));
    expect(logger.troubles).toEqual([]);
  });

  it('of a route replaces that of the module', async () => {
    @RequireApigSignature({ contentTypes: ['text/plain'] })
    @Controller('echo')
    class TextController {
      @Post()
      post(@Req() { headers }: FrameworkRequest) {
        return headers['content-type'];
      }
    }
    const { port } = await startForTest(platform, echoModule({ contentTypes }, [TextController]));
    expect(await send(port, request([TEXT_TYPE]))).toMatchObject({ status: 201, text: 'text/plain' });
    expect(await send(port, request([JSON_TYPE]))).toMatchObject(UNTYPED);
  });

  it.each([[[]], [['multipart/form-data']], [['application/json; charset=utf-8']]])(
    'stops the start: %j',
    async (wrong) => {
      const start = startForTest(platform, echoModule({ contentTypes: wrong }));
      await expect(start).rejects.toThrow(/^contentTypes: expected a list of media types/);
      expect(() => RequireApigSignature({ contentTypes: wrong })).toThrow(/^contentTypes: expected a list/);
    },
  );
});

it('contentTypes over HTTP/2 refuses a body without a Content-Type, and accepts no body', async () => {
  const { port } = await startForTest(fastify, echoModule({ contentTypes }), {
    adapter: fastify.adapter({ http2: true }),
  });
  const session = connect(`http://127.0.0.1:${port}`);
  onTestFinished(() => session.close());
  expect(await sendHttp2(session, request())).toMatchObject(UNTYPED);
  expect(await sendHttp2(session, request([JSON_TYPE]))).toMatchObject(accepted(parsed({ a: 1 })));
  expect(await sendHttp2(session, request([], null))).toMatchObject(accepted(streamed('')));
});
