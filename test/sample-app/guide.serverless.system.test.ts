import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { altered, forward, HOST, KEYS, SECRET } from '../support/gateway.js';
import { send, type Reply, type RequestToSend } from '../support/http-client.js';
import { built } from '../support/programs.js';
import { format1, format2, functionGraph, type EventFormat } from '../support/serverless-events.js';
import { blockUnder, compile, emptyFolder, load, PATIENCE, write } from './readme.blocks.js';

built('dist/esm/index.js');

const PAGE = 'docs/guide/serverless.md';
const FOLDER = 'dist/guide-serverless';

/** What the handlers import: it answers with what the handler of a route was given. */
const APP_MODULE = `
import { All, Controller, Module, Req } from '@nestjs/common';
import { ApigSignatureModule, RequireApigSignature } from 'nestjs-apig-signature';

@RequireApigSignature()
@Controller()
class EchoController {
  @All('a')
  echo(@Req() { method, query, body }: { method: string; query: object; body?: unknown }) {
    return { method, query, body: body ?? null };
  }
}

@Module({ imports: [ApigSignatureModule.forRoot({ keys: ${JSON.stringify(KEYS)} })], controllers: [EchoController] })
export class AppModule {}
`;

const HEADINGS = ['`@codegenie/serverless-express`', '`serverless-http`', '`@fastify/aws-lambda`', 'FunctionGraph'];
const NODE = 'A request and a response of Node';

/**
 * Each handler with each format, in a file of its own: the first request of each comes before its application is there.
 */
const CASES: readonly (readonly [heading: string, format: string, make: EventFormat, file: string])[] = [
  [HEADINGS[0]!, 'format 1.0', format1, 'express1'],
  [HEADINGS[0]!, 'format 2.0', format2, 'express2'],
  [HEADINGS[1]!, 'format 1.0', format1, 'http1'],
  [HEADINGS[1]!, 'format 2.0', format2, 'http2'],
  [HEADINGS[2]!, 'format 1.0', format1, 'fastify1'],
  [HEADINGS[2]!, 'format 2.0', format2, 'fastify2'],
  [HEADINGS[3]!, 'the event of its APIG trigger', functionGraph, 'functiongraph'],
];

type Handler = (event: object, context: object, callback?: unknown) => Promise<{ statusCode: number; body: string }>;

beforeAll(() => {
  Logger.overrideLogger(false);
  emptyFolder(FOLDER);
  const handlers = CASES.map(([heading, , , file]) => [`${file}.ts`, blockUnder(PAGE, heading)] as const);
  const files = { ...Object.fromEntries(handlers), 'node.ts': blockUnder(PAGE, NODE), 'app.module.ts': APP_MODULE };
  write(FOLDER, files);
  compile(FOLDER, Object.keys(files), '--strict', '--isolatedModules', '--skipLibCheck');
}, PATIENCE);

const JSON_TYPE = [['Content-Type', 'application/json']] as const;
const get = forward({ target: '/a' });
const post = forward({ method: 'POST', target: '/a', headers: JSON_TYPE, body: '{"text":"é"}' });
const binary = forward({
  ...{ method: 'PUT', target: '/a', headers: [['Content-Type', 'text/plain']] },
  body: Buffer.from([0, 255, 254, 10]),
});
const repeatedHeader: RequestToSend = { ...get, headers: [...get.headers, ['X-Other', '1'], ['X-Other', '2']] };
const repeatedQuery = forward({ target: '/a?b=1&b=2&c=%20x' });
const comma = forward({ target: '/a?b=1,2' });

/** What all of them are asked besides the repeated query, which one format loses for one adapter. */
function behavesWith(call: (request: RequestToSend) => Promise<{ status: number; text: string }>) {
  it('the handler serves a POST that comes first, before the application has started', async () => {
    const reply = await call(post);
    expect([reply.status, JSON.parse(reply.text)]).toEqual([200, { method: 'POST', query: {}, body: { text: 'é' } }]);
  });

  it.each<[what: string, request: RequestToSend, status: number]>([
    ['a GET without a body', get, 200],
    ['a query with a comma', comma, 200],
    ['a binary body', binary, 200],
    ['a repeated header that is not signed', repeatedHeader, 200],
  ])('accepts %s', async (_, request, status) => {
    expect((await call(request)).status).toBe(status);
  });

  it.each<[what: string, request: RequestToSend, code: string]>([
    ['an unsigned request', { ...get, headers: [['Host', HOST]] }, 'AUTHORIZATION_MISSING'],
    ['another secret', forward({ target: '/a' }, { secret: `not ${SECRET}` }), 'SIGNATURE_MISMATCH'],
    ['a changed body', altered(post, 3), 'SIGNATURE_MISMATCH'],
    ['a changed binary body', altered(binary), 'SIGNATURE_MISMATCH'],
    ['a changed query', { ...repeatedQuery, target: '/a?b=1&b=3&c=%20x' }, 'SIGNATURE_MISMATCH'],
    ['a body for a signed GET', { ...get, body: Buffer.from('a body') }, 'SIGNATURE_MISMATCH'],
  ])('refuses %s', async (_, request, code) => {
    const reply = await call(request);
    expect([reply.status, JSON.parse(reply.text)]).toMatchObject([401, { code }]);
  });
}

const acceptsRepeatedQuery = (call: (request: RequestToSend) => Promise<{ status: number; text: string }>) =>
  it('accepts a repeated query, and passes it on', async () => {
    const reply = await call(repeatedQuery);
    expect([reply.status, JSON.parse(reply.text)]).toMatchObject([200, { query: { b: ['1', '2'], c: ' x' } }]);
  });

describe.each(CASES)('the handler of the guide under %s, with %s', (_, __, format, file) => {
  const call = async (request: RequestToSend) => {
    const { handler } = await load<{ handler: Handler }>(FOLDER, `${file}.js`);
    const { statusCode, body } = await handler(format(request), {});
    return { status: statusCode, text: body };
  };
  behavesWith(call);
  if (file !== 'fastify2') return acceptsRepeatedQuery(call);
  it('refuses a repeated query, because it reads one value', async () => {
    expect((await call(repeatedQuery)).text).toContain('"SIGNATURE_MISMATCH"');
  });
});

describe('the handler of the guide for Node’s own request', () => {
  const server = createServer();
  let port = 0;
  beforeAll(async () => {
    server.on('request', (await load<{ handler: RequestListener }>(FOLDER, 'node.js')).handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => server.close());
  const call = (request: RequestToSend): Promise<Reply> => send(port, request);
  behavesWith(call);
  acceptsRepeatedQuery(call);
});

it(`runs every complete handler of ${PAGE}`, () => {
  const sections = readFileSync(PAGE, 'utf8').split(/^#+ /m).slice(1);
  const complete = sections.filter((section) => section.includes('export const handler'));
  expect(complete.map((section) => section.split('\n')[0])).toEqual([...HEADINGS, NODE]);
});
