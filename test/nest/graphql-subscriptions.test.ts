import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Module } from '@nestjs/common';
import { GraphQLModule, Mutation, Query, Resolver, Subscription, type GqlModuleOptions } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import {
  ApigSignatureModule,
  RequireApigSignature,
  VerifiedSignature,
  type ApigSignatureOptions,
  type VerifiedRequest,
} from '../../src/index.js';
import { forward, HOST, KEY, KEYS, SECRET } from '../support/gateway.js';
import { send, type HeaderLines, type RequestToSend } from '../support/http-client.js';
import { express, fastify, startForTest, type Platform } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';

const text = () => String;

const APOLLO: ApolloDriverConfig = {
  ...{ driver: ApolloDriver, autoSchemaFile: true, subscriptions: { 'graphql-ws': true } },
  context: (it: { req?: object }) => (it.req ? it : { req: it }),
};
const MERCURIUS: MercuriusDriverConfig = {
  ...{ driver: MercuriusDriver, autoSchemaFile: true, subscription: true, allowBatchedQueries: true },
};

async function startWith(platform: Platform, graphql: GqlModuleOptions, options: ApigSignatureOptions = {}) {
  let written = 0;
  @RequireApigSignature()
  @Resolver()
  class CallerResolver {
    @Query(text, { nullable: true })
    caller(@VerifiedSignature() { key }: VerifiedRequest) {
      return key;
    }

    @Mutation(text)
    write() {
      return `written ${(written += 1)}`;
    }

    @Subscription(text, { resolve: (value: unknown) => value })
    async *news(@VerifiedSignature() { key }: VerifiedRequest) {
      yield await Promise.resolve(`news for ${key}`);
    }
  }
  @Module({
    imports: [ApigSignatureModule.forRoot({ keys: KEYS, ...options }), GraphQLModule.forRoot(graphql)],
    providers: [CallerResolver],
  })
  class AppModule {}
  const logger = new RecordedLog();
  return { ...(await startForTest(platform, AppModule, { logger })), logger };
}

/** What a subscription gets, or why it is refused. */
async function subscribe(port: number, headers: HeaderLines, connectionParams = {}): Promise<unknown> {
  class SignedWebSocket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { headers: Object.fromEntries(headers) });
    }
  }
  const client = createClient({
    ...{ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: SignedWebSocket, retryAttempts: 0 },
    connectionParams,
  });
  onTestFinished(async () => {
    await client.dispose();
  });
  return new Promise((resolve, reject) => {
    const sink = { next: resolve, error: (errors: unknown) => resolve({ errors }), complete: reject };
    client.subscribe({ query: 'subscription { news }' }, sink);
  });
}

const signed = (options = {}) => forward({ target: '/graphql' }, options).headers;

const post = (body: unknown): RequestToSend =>
  forward({
    ...{ method: 'POST', target: '/graphql', headers: [['Content-Type', 'application/json']] },
    body: JSON.stringify(body),
  });

const refusedWith = (code: string, message: string) => ({
  errors: [expect.objectContaining({ message, extensions: { code } })],
});

describe.each([
  { name: 'Apollo on Express', platform: express, graphql: APOLLO },
  { name: 'Apollo on Fastify', platform: fastify, graphql: APOLLO },
  { name: 'Mercurius', platform: fastify, graphql: MERCURIUS },
])('a subscription of $name', ({ platform, graphql }) => {
  it('is judged by the request that opened the connection', async () => {
    const { port, logger } = await startWith(platform, graphql);
    expect(await subscribe(port, signed())).toMatchObject({ data: { news: `news for ${KEY}` } });
    expect(logger.troubles).toEqual([]);
  });

  it.each<[code: string, message: string, headers: HeaderLines]>([
    ['AUTHORIZATION_MISSING', 'Authorization not found.', []],
    ['SIGNATURE_MISMATCH', 'Verify authroization failed.', signed({ secret: `not ${SECRET}` })],
    ['SIGNATURE_EXPIRED', 'Signature expired.', signed({ date: new Date(0) })],
  ])('is refused with %s, without a line in the log', async (code, message, headers) => {
    const { port, logger } = await startWith(platform, graphql);
    expect(await subscribe(port, headers)).toMatchObject(refusedWith(code, message));
    expect(logger.troubles).toEqual([]);
  });
});

describe('the first message of a connection', () => {
  it.each([
    { name: 'Apollo', platform: express, graphql: APOLLO },
    { name: 'Mercurius, which copies its headers to the request', platform: fastify, graphql: MERCURIUS },
  ])('cannot sign: $name', async ({ platform, graphql }) => {
    const { port } = await startWith(platform, graphql);
    const headers = Object.fromEntries(signed().map(([name, value]) => [name.toLowerCase(), value]));
    const refused = refusedWith('AUTHORIZATION_MISSING', 'Authorization not found.');
    expect(await subscribe(port, [], { headers })).toMatchObject(refused);
  });

  it('cannot declare a body', async () => {
    const { port } = await startWith(fastify, MERCURIUS);
    for (const headers of [{ 'transfer-encoding': 'chunked' }, { 'content-length': '5' }]) {
      expect(await subscribe(port, signed(), { headers })).toMatchObject({ data: { news: `news for ${KEY}` } });
    }
  });
});

describe('a GraphQL context without a request', () => {
  const subscription = { context: () => ({ request: undefined, req: undefined }) };
  const remedy = expect.stringMatching(
    /^warn No HTTP request to verify in a context of type "graphql" \(CallerResolver.news\): give .* getRequest/,
  ) as unknown;

  it('is refused as unsigned, and the log has the remedy once a minute', async () => {
    const { port, logger } = await startWith(fastify, { ...MERCURIUS, subscription } as MercuriusDriverConfig);
    const refused = refusedWith('AUTHORIZATION_MISSING', 'Authorization not found.');
    expect(await subscribe(port, signed())).toMatchObject(refused);
    expect(await subscribe(port, [])).toMatchObject(refused);
    expect(logger.troubles).toEqual([remedy]);
  });
});

describe('a refused field of Mercurius', () => {
  it('carries its code', async () => {
    const { port } = await startWith(fastify, MERCURIUS);
    const query = post({ query: '{ caller }' });
    expect(JSON.parse((await send(port, query)).text)).toEqual({ data: { caller: KEY } });
    const unsigned = { ...query, headers: [...query.headers.filter(([name]) => name === 'Content-Type')] };
    const reply = await send(port, { ...unsigned, headers: [...unsigned.headers, ['Host', HOST]] });
    expect(JSON.parse(reply.text)).toMatchObject(refusedWith('AUTHORIZATION_MISSING', 'Authorization not found.'));
  });
});

describe.each([
  { name: 'Apollo', platform: express, graphql: { ...APOLLO, allowBatchedHttpRequests: true } },
  { name: 'Mercurius', platform: fastify, graphql: MERCURIUS },
])('a signed request of $name with replayProtection', ({ platform, graphql }) => {
  it.each([
    ['aliases', { query: 'mutation { a: write b: write }' }],
    ['a batch', [{ query: 'mutation { write }' }, { query: 'mutation { write }' }]],
  ])('runs a mutation as often as %s say, and passes once', async (_, body) => {
    const { port } = await startWith(platform, graphql, { replayProtection: true });
    const request = post(body);
    const { text: first } = await send(port, request);
    expect(first.match(/written \d/g)).toEqual(['written 1', 'written 2']);
    const { text: second } = await send(port, request);
    expect(second).not.toContain('written');
    expect(second).toContain('REPLAYED');
  });
});
