import type { IncomingMessage } from 'node:http';
import { Controller, Delete, HttpCode, Next, Post, Req, type INestApplication } from '@nestjs/common';
import methodOverride from 'method-override';
import { describe, expect, it } from 'vitest';
import { RequireApigSignature } from '../../src/index.js';
import { echoModule } from '../support/echo.controller.js';
import { forward, withHeader } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { express, fastify, startForTest } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

const OVERRIDE = 'X-HTTP-Method-Override';
const AMBIGUOUS = unauthorized('TARGET_AMBIGUOUS');

@RequireApigSignature()
@Controller('thing')
class ThingController {
  @HttpCode(200)
  @Post()
  write() {
    return 'written';
  }

  @Delete()
  delete() {
    return 'deleted';
  }
}

/** Hands a verified request on under another method. */
@RequireApigSignature()
@Controller('thing')
class OverridingController {
  @Post()
  handOn(@Req() request: IncomingMessage, @Next() next: () => void) {
    request.method = 'DELETE';
    next();
  }
}

/** Fastify has chosen the handler before any middleware runs, but not before it rewrites targets. */
function overrideBeforeRouting(request: IncomingMessage): string {
  request.method = (request.headers[OVERRIDE.toLowerCase()] as string | undefined) ?? request.method!;
  return request.url!;
}

describe.each([
  { name: 'express', platform: express, prepare: (app: INestApplication) => app.use(methodOverride(OVERRIDE)) },
  {
    name: 'fastify, after routing',
    platform: fastify,
    prepare: (app: INestApplication) => app.use(methodOverride(OVERRIDE)),
  },
  { name: 'fastify, before routing', platform: fastify, rewriteUrl: overrideBeforeRouting },
])('$name, a method override', ({ platform, prepare, rewriteUrl }) => {
  const request = forward({ method: 'POST', target: '/thing' });

  it.each([
    ['by an unsigned header', withHeader(request, OVERRIDE, 'DELETE'), AMBIGUOUS],
    ['by a signed header', forward({ method: 'POST', target: '/thing', headers: [[OVERRIDE, 'DELETE']] }), AMBIGUOUS],
    ['to the same method', withHeader(request, OVERRIDE, 'POST'), { status: 200, text: 'written' }],
    ['without a change', request, { status: 200, text: 'written' }],
    [
      'without a change, of another method',
      forward({ method: 'DELETE', target: '/thing' }),
      { status: 200, text: 'deleted' },
    ],
  ])('%s', async (_, sent, reply) => {
    const adapter = platform.adapter(rewriteUrl && { rewriteUrl });
    const { port } = await startForTest(platform, echoModule({}, [ThingController]), {
      adapter,
      ...(prepare && { prepare }),
    });
    expect(await send(port, sent)).toMatchObject(reply);
  });
});

it('express refuses a request after a method override between two handlers', async () => {
  const { port } = await startForTest(express, echoModule({}, [OverridingController, ThingController]));
  expect(await send(port, forward({ method: 'POST', target: '/thing' }))).toMatchObject(AMBIGUOUS);
  const deletion = forward({ method: 'DELETE', target: '/thing' });
  expect(await send(port, deletion)).toMatchObject({ status: 200, text: 'deleted' });
});
