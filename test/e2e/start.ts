import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { TestingModule } from '@nestjs/testing';
import supertest, { type Test } from 'supertest';

export type TestApplication = INestApplication<Server>;

const adapters = { express: () => new ExpressAdapter(), fastify: () => new FastifyAdapter() };

export type AdapterName = keyof typeof adapters;

export const adapterNames = Object.keys(adapters) as AdapterName[];

/** Starts the application of a testing module. It listens: not every version of Node runs Fastify's inject() in Jest. */
export async function start(testing: TestingModule, adapter: AdapterName): Promise<TestApplication> {
  const app = testing.createNestApplication<TestApplication>(adapters[adapter](), { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

/** A request with every header that is sent; a header of several values is sent on several lines. */
export interface RequestToSend {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

export function send(app: TestApplication, { method, url, headers, body }: RequestToSend): Test {
  const client = supertest(app.getHttpServer());
  const test = client[method.toLowerCase() as 'get' | 'post' | 'put' | 'delete'](url);
  for (const [name, value] of Object.entries(headers)) void test.set(name, value as string);
  return body === undefined ? test : test.send(body);
}
