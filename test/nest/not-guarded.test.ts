import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastifyHttpProxy from '@fastify/http-proxy';
import fastifyStatic from '@fastify/static';
import { Controller, Get, Module, type INestApplication, type MiddlewareConsumer } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { static as serveStatic, type Application, type NextFunction, type Request, type Response } from 'express';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApigSignatureModule, SignatureGuard, SignerService } from '../../src/index.js';
import { altered, forward, HOST, KEYS, withHeader } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { platforms, startForTest, type Platform } from '../support/platforms.js';

/** The list "What a guard does not guard" of docs/guide/deployment.md. */

const FOLDER = join(import.meta.dirname, '../../docs');

@Controller()
class GuardedController {
  @Get('guarded')
  guarded() {
    return 'guarded';
  }
}

async function portWith(
  platform: Platform,
  prepare: (app: INestApplication) => unknown,
  configure: (consumer: MiddlewareConsumer) => void = () => undefined,
) {
  @Module({
    imports: [ApigSignatureModule.forRoot({ keys: KEYS })],
    controllers: [GuardedController],
    providers: [{ provide: APP_GUARD, useExisting: SignatureGuard }],
  })
  class AppModule {
    configure(consumer: MiddlewareConsumer) {
      configure(consumer);
    }
  }
  return (await startForTest(platform, AppModule, { prepare })).port;
}

async function startWith(...args: Parameters<typeof portWith>) {
  const port = await portWith(...args);
  return async (target: string) => {
    const { status, text } = await send(port, { method: 'GET', target, headers: [['Host', HOST]] });
    return { status, text };
  };
}

const answer = (_request: unknown, response: ServerResponse) => {
  response.end('open');
};

/** A service that answers with the body that came to it. */
async function startService(): Promise<string> {
  const server = createServer((request, response) => {
    response.write('open: ');
    request.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const isOpen = { status: 200, text: 'open' };

describe.each(platforms)('a global guard on $name does not guard', (platform) => {
  const isExpress = platform.name === 'express';

  it('middleware of a module that answers', async () => {
    const get = await startWith(
      platform,
      () => undefined,
      (consumer) => void consumer.apply(answer).forRoutes('open'),
    );
    expect(await get('/open')).toEqual(isOpen);
    expect((await get('/guarded')).status).toBe(401);
  });

  it('middleware of app.use() that answers', async () => {
    const get = await startWith(platform, (app) => app.use('/open', answer));
    expect(await get('/open')).toEqual(isOpen);
    expect((await get('/guarded')).status).toBe(401);
  });

  it('routes that were registered on the framework itself', async () => {
    const get = await startWith(platform, (app) => {
      const framework: unknown = app.getHttpAdapter().getInstance();
      if (isExpress) (framework as Application).get('/open', (_, response) => void response.send('open'));
      else (framework as FastifyInstance).get('/open', (_, reply) => reply.send('open'));
    });
    expect(await get('/open')).toEqual(isOpen);
    expect((await get('/guarded')).status).toBe(401);
  });

  it('static files', async () => {
    const get = await startWith(platform, async (app) => {
      const framework: unknown = app.getHttpAdapter().getInstance();
      if (isExpress) app.use('/files', serveStatic(FOLDER));
      else await (framework as FastifyInstance).register(fastifyStatic, { root: FOLDER, prefix: '/files/' });
    });
    expect(await get('/files/migration.md')).toMatchObject({ status: 200 });
    expect((await get('/guarded')).status).toBe(401);
  });

  it('a proxy that is middleware or a plugin', async () => {
    const target = await startService();
    const get = await startWith(platform, async (app) => {
      const framework: unknown = app.getHttpAdapter().getInstance();
      if (isExpress) app.use('/proxied', createProxyMiddleware({ target }));
      else await (framework as FastifyInstance).register(fastifyHttpProxy, { upstream: target, prefix: '/proxied' });
    });
    expect(await get('/proxied/anything')).toEqual({ status: 200, text: 'open: ' });
    expect((await get('/guarded')).status).toBe(401);
  });

  it('the pages of Swagger', async () => {
    const get = await startWith(platform, (app) => {
      SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, new DocumentBuilder().build()));
    });
    expect(await get('/docs-json')).toMatchObject({ status: 200 });
    expect((await get('/guarded')).status).toBe(401);
  });

  it('paths that have no handler', async () => {
    const get = await startWith(platform, () => undefined);
    expect((await get('/nothing')).status).toBe(404);
  });

  it('a proxy, which SignerService guards in a middleware or a hook', async () => {
    const target = await startService();
    const request = forward({ method: 'POST', target: '/proxied/a', body: 'a body' });
    const port = await portWith(platform, async (app) => {
      const signer = app.get(SignerService);
      const framework: unknown = app.getHttpAdapter().getInstance();
      if (isExpress) {
        app.use('/proxied', (incoming: Request, response: Response, next: NextFunction) => {
          void signer.verify(incoming).then((verdict) => {
            if (verdict.ok) next();
            else response.status(verdict.refusal.status).json({ code: verdict.refusal.code });
          }, next);
        });
        app.use('/proxied', createProxyMiddleware({ target }));
      } else {
        await (framework as FastifyInstance).register(fastifyHttpProxy, {
          ...{ upstream: target, prefix: '/proxied' },
          preHandler: (incoming: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => {
            void signer.verify(incoming).then((verdict) => {
              if (verdict.ok) done();
              else void reply.code(verdict.refusal.status).send({ code: verdict.refusal.code });
            }, done);
          },
        });
      }
    });
    expect(await send(port, request)).toMatchObject({ status: 200, text: 'open: a body' });
    for (const [forged, code] of [
      [altered(request), 'SIGNATURE_MISMATCH'],
      [withHeader(request, 'Authorization'), 'AUTHORIZATION_MISSING'],
    ] as const) {
      expect(await send(port, forged)).toMatchObject({ status: 401, text: JSON.stringify({ code }) });
    }
  });
});
