import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { DynamicModule, INestApplication, LoggerService, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import { onTestFinished } from 'vitest';

type FastifyOptions = FastifyServerOptions & { readonly http2?: boolean; readonly https?: TlsOptions };

/** The two platforms that every promise holds on. */
export interface Platform {
  readonly name: 'express' | 'fastify';
  /** An adapter; on Fastify with a parser that leaves bodies of unknown types in the stream, as Express does. */
  adapter(options?: FastifyOptions): AbstractHttpAdapter;
}

export const express: Platform = { name: 'express', adapter: () => new ExpressAdapter() };

export const fastify: Platform = {
  name: 'fastify',
  adapter(options = {}) {
    const adapter = new FastifyAdapter(options as ConstructorParameters<typeof FastifyAdapter>[0]);
    const instance = adapter.getInstance<FastifyInstance>();
    instance.addContentTypeParser('*', (_request, _payload, done) => done(null));
    return adapter;
  },
};

export const platforms: readonly Platform[] = [express, fastify];

export interface RunningApp {
  readonly app: INestApplication;
  readonly port: number;
}

export interface StartOptions extends NestApplicationOptions {
  /** What a main.ts would do between create and listen. */
  readonly prepare?: (app: INestApplication) => unknown;
  readonly adapter?: AbstractHttpAdapter;
}

/** Starts an application on a free port of the loopback. Close `app` afterwards. A start that fails rejects. */
export async function start(
  platform: Platform,
  module: Type | DynamicModule,
  { prepare, adapter = platform.adapter(), ...options }: StartOptions = {},
): Promise<RunningApp> {
  const app = await NestFactory.create(module, adapter, { logger: false, abortOnError: false, ...options });
  await prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  return { app, port };
}

/** Starts an application for one test, which ends with it. */
export async function startForTest(...args: Parameters<typeof start>): Promise<RunningApp> {
  const running = await start(...args);
  onTestFinished(() => running.app.close());
  return running;
}

/**
 * Starts an application, for one test, behind a server that is not its own: `wrap` gets it as a listener of requests
 * and gives the listener to serve.
 */
export async function mountForTest(
  platform: Platform,
  module: Type | DynamicModule,
  wrap: (listener: RequestListener) => RequestListener,
  serve: (listener: RequestListener) => Server = createServer,
  logger: LoggerService | false = false,
): Promise<RunningApp> {
  const app = await NestFactory.create(module, platform.adapter(), { logger, abortOnError: false });
  await app.init();
  const server = serve(wrap(await listenerOf(app)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.close();
    await app.close();
  });
  return { app, port: (server.address() as AddressInfo).port };
}

async function listenerOf(app: INestApplication): Promise<RequestListener> {
  const framework: unknown = app.getHttpAdapter().getInstance();
  if (app.getHttpAdapter().getType() === 'express') return framework as RequestListener;
  const instance = framework as FastifyInstance;
  await instance.ready();
  return (request, response) => instance.routing(request, response);
}
