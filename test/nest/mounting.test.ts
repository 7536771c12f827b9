import { Controller, Get, Version, VersioningType } from '@nestjs/common';
import createExpress from 'express';
import { describe, expect, it } from 'vitest';
import { RequireApigSignature } from '../../src/index.js';
import { accepted, echoModule, parsed, streamed } from '../support/echo.controller.js';
import { altered, forward, withHeader } from '../support/gateway.js';
import { send, type RequestToSend } from '../support/http-client.js';
import { express, fastify, mountForTest, platforms, startForTest } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

const MISMATCH = unauthorized('SIGNATURE_MISMATCH');
const JSON_TYPE = ['Content-Type', 'application/json'] as const;

/** The same request sent to another target than the one that was signed. */
const sentTo = (target: string, request: RequestToSend): RequestToSend => ({ ...request, target });

const post = (target: string) => forward({ method: 'POST', target, headers: [JSON_TYPE], body: '{"a":1}' });

@RequireApigSignature()
@Controller({ path: 'thing', version: '1' })
class ThingController {
  @Get()
  first() {
    return 'first';
  }

  @Get()
  @Version('2')
  second() {
    return 'second';
  }
}

describe.each(platforms)('$name', (platform) => {
  it('the signature covers a global prefix', async () => {
    const { port } = await startForTest(platform, echoModule(), { prepare: (app) => app.setGlobalPrefix('api') });
    expect(await send(port, post('/api/echo?b=1&a=2'))).toMatchObject(accepted(parsed({ a: 1 })));
    expect(await send(port, sentTo('/api/echo', post('/echo')))).toMatchObject(MISMATCH);
  });

  it('the signature covers a version in the path', async () => {
    const { port } = await startForTest(platform, echoModule({}, [ThingController]), {
      prepare: (app) => app.enableVersioning({ type: VersioningType.URI }),
    });
    expect(await send(port, forward({ target: '/v1/thing' }))).toMatchObject({ status: 200, text: 'first' });
    expect(await send(port, forward({ target: '/v2/thing' }))).toMatchObject({ status: 200, text: 'second' });
    expect(await send(port, sentTo('/v2/thing', forward({ target: '/v1/thing' })))).toMatchObject(MISMATCH);
  });

  it('the signature covers a version in a header if the header is signed', async () => {
    const { port } = await startForTest(platform, echoModule({}, [ThingController]), {
      prepare: (app) => app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version' }),
    });
    const request = (version: string) => forward({ target: '/thing', headers: [['X-Version', version]] });
    expect(await send(port, request('1'))).toMatchObject({ status: 200, text: 'first' });
    expect(await send(port, request('2'))).toMatchObject({ status: 200, text: 'second' });
    expect(await send(port, withHeader(request('1'), 'X-Version', '2'))).toMatchObject(MISMATCH);
    // What nobody signed, anybody may choose.
    const unsigned = withHeader(forward({ target: '/thing' }), 'X-Version', '2');
    expect(await send(port, unsigned)).toMatchObject({ status: 200, text: 'second' });
  });

  it('bodies are captured behind another server', async () => {
    const { port } = await mountForTest(platform, echoModule(), (app) => app);
    expect(await send(port, post('/echo'))).toMatchObject(accepted(parsed({ a: 1 })));
    expect(await send(port, altered(post('/echo'), 5))).toMatchObject(MISMATCH);
  });
});

describe('express, mounted in another application under a prefix', () => {
  it('verifies the path that the server received', async () => {
    const inner = createExpress();
    const { port } = await mountForTest(express, echoModule(), (app) =>
      createExpress().use('/outer', inner.use('/inner', app)),
    );
    expect(await send(port, post('/outer/inner/echo?a=1'))).toMatchObject(accepted(parsed({ a: 1 })));
    expect(await send(port, altered(post('/outer/inner/echo'), 5))).toMatchObject(MISMATCH);
    for (const target of ['/echo', '/inner/echo']) {
      expect(await send(port, sentTo('/outer/inner/echo', post(target)))).toMatchObject(MISMATCH);
    }
  });
});

describe('fastify, rewriteUrl', () => {
  it('verifies the target that the server received', async () => {
    const adapter = fastify.adapter({ rewriteUrl: ({ url }) => url!.replace('/old', '/echo') });
    const { port } = await startForTest(fastify, echoModule(), { adapter });
    expect(await send(port, post('/old?a=1'))).toMatchObject(accepted(parsed({ a: 1 })));
    expect(await send(port, forward({ target: '/old', body: 'b' }))).toMatchObject(accepted(streamed('b')));
    expect(await send(port, altered(post('/old'), 5))).toMatchObject(MISMATCH);
    expect(await send(port, sentTo('/old', post('/echo')))).toMatchObject(MISMATCH);
  });
});
