import { All, Controller, Get, Module, Post, Req, type DynamicModule, type INestApplication } from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { ApigSignatureModule, RequireApigSignature } from '../../../src/index.js';
import { KEYS } from '../../support/gateway.js';

/** A framework's request; Fastify keeps Node's in `raw`. */
type FrameworkRequest = IncomingMessage & { readonly raw?: IncomingMessage };

/** The key whose look-up fails. */
export const BROKEN_KEY = 'broken-key';
/** A request with this header has bytes of its body taken away behind the tap. */
export const SWALLOW = 'x-swallow';

@RequireApigSignature()
@Controller()
class BodiesController {
  @Get('item/:id')
  get(): string {
    return 'read';
  }

  /** Counts what nobody has read so far, and keeps none of it. */
  @Post('counted/:id')
  async count(@Req() request: FrameworkRequest): Promise<number> {
    let bytes = 0;
    for await (const chunk of request.raw ?? request) bytes += (chunk as Buffer).length;
    return bytes;
  }

  @Post('unread/:id')
  leaveUnread(): string {
    return 'unread';
  }

  @RequireApigSignature({ unsignedPayload: 'refuse', bodyLimit: 100_000, requiredSignedHeaders: ['x-required'] })
  @All('strict/:id')
  strict(): string {
    return 'strict';
  }
}

@Module({})
class BodiesModule {}

function findSecret(key: string): string | undefined {
  if (key === BROKEN_KEY) throw new Error('the store of keys is broken');
  return new Map(Object.entries(KEYS)).get(key);
}

function bodiesModule(heldBytes: number): DynamicModule {
  return {
    module: BodiesModule,
    imports: [ApigSignatureModule.forRoot({ keys: findSecret, heldBytes })],
    controllers: [BodiesController],
  };
}

function adapterOf(platform: string): AbstractHttpAdapter {
  if (platform === 'express') return new ExpressAdapter();
  const adapter = new FastifyAdapter();
  // Bodies of unknown types stay in the stream, as on Express.
  adapter.getInstance<FastifyInstance>().addContentTypeParser('*', (_request, _payload, done) => done(null));
  return adapter;
}

/** Starts the application on a free port of the loopback. */
export async function startApp(platform: string, heldBytes: number): Promise<INestApplication> {
  const app = await NestFactory.create(bodiesModule(heldBytes), adapterOf(platform), {
    logger: false,
    abortOnError: false,
  });
  app.use((request: FrameworkRequest, _response: unknown, next: () => void) => {
    const end = request.push.bind(request, null);
    if (request.headers[SWALLOW] !== undefined) request.push = (chunk) => chunk !== null || end();
    next();
  });
  await app.listen(0, '127.0.0.1');
  return app;
}
