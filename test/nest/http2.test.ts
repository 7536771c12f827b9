import { once } from 'node:events';
import { connect, constants, type ClientHttp2Session } from 'node:http2';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accepted,
  digestOf,
  EchoController,
  echoModule,
  parsed,
  streamed,
  type Echo,
} from '../support/echo.controller.js';
import { altered, forward, HOST, withHeader } from '../support/gateway.js';
import type { HeaderLines, RequestToSend } from '../support/http-client.js';
import { beginHttp2, sendHttp2, type Hosts } from '../support/http2-client.js';
import { fastify, start, startForTest, type RunningApp } from '../support/platforms.js';
import { refusalReply, unauthorized } from '../support/refused-replies.js';
import { UploadController } from '../support/upload.controller.js';

const MISMATCH = unauthorized('SIGNATURE_MISMATCH');
const AMBIGUOUS = unauthorized('TARGET_AMBIGUOUS');
const TOO_LARGE = refusalReply(413, 'BODY_TOO_LARGE', 'Request body too large.');
const LIMIT = 2 ** 20;
const LARGE = Buffer.alloc(LIMIT, 'more than one frame');

const post = (body: Buffer | Buffer[] | string, headers: HeaderLines = []) =>
  forward({ method: 'POST', target: '/echo', headers, body });

describe('HTTP/2 on fastify', () => {
  let running: RunningApp;
  let session: ClientHttp2Session;
  const reply = (request: RequestToSend, hosts?: Hosts) => sendHttp2(session, request, hosts);

  beforeAll(async () => {
    const adapter = fastify.adapter({ http2: true });
    running = await start(fastify, echoModule({ bodyLimit: LIMIT }, [EchoController, UploadController]), { adapter });
    session = connect(`http://127.0.0.1:${running.port}`);
  });
  afterAll(async () => {
    session.close();
    await running.app.close();
  });

  it.each<[string, RequestToSend, Echo]>([
    ['JSON', post('{"a":1}', [['Content-Type', 'application/json']]), parsed({ a: 1 })],
    ['a stream', post(LARGE), streamed(LARGE)],
    ['frames', post([LARGE.subarray(0, 1), LARGE.subarray(1)]), streamed(LARGE)],
    ['a body under GET', forward({ target: '/echo', body: 'a body' }), streamed('a body')],
  ])('%s: arrives as it was signed, or is refused', async (_, request, echo) => {
    expect(await reply(request)).toMatchObject(accepted(echo));
    expect(await reply(altered(request, 5))).toMatchObject(MISMATCH);
    expect(await reply({ ...request, target: '/echo?more' })).toMatchObject(MISMATCH);
  });

  it.each(['GET', 'POST'])('accepts a %s without a body, and refuses one with an added body', async (method) => {
    const request = forward({ method, target: '/echo?b=1&a=2' });
    expect(await reply(request)).toMatchObject(accepted(streamed('')));
    expect(await reply({ ...request, body: Buffer.from('a') })).toMatchObject(MISMATCH);
  });

  it('accepts a declared body hash', async () => {
    const request = post('a', [['X-Sdk-Content-Sha256', digestOf('a').sha256]]);
    expect(await reply(request)).toMatchObject(accepted(streamed('a')));
    expect(await reply(altered(request))).toMatchObject(unauthorized('BODY_HASH_MISMATCH'));
  });

  it('refuses a repeated signed header', async () => {
    const request = forward({ target: '/echo', headers: [['X-Tag', 'one']] });
    const repeated = { ...request, headers: [...request.headers, ['X-Tag', 'two']] as const };
    expect(await reply(repeated)).toMatchObject(unauthorized('SIGNED_HEADER_REPEATED', 'x-tag'));
  });

  it('refuses a signed cookie that is split over several HTTP/2 fields', async () => {
    const request = forward({ target: '/echo', headers: [['Cookie', 'a=1; b=2']] });
    expect(await reply(request)).toMatchObject(accepted(streamed('')));
    const crumbs = {
      ...request,
      headers: [...withHeader(request, 'Cookie').headers, ['Cookie', 'a=1'], ['Cookie', 'b=2']] as const,
    };
    expect(await reply(crumbs)).toMatchObject(unauthorized('SIGNED_HEADER_REPEATED', 'cookie'));
  });

  it.each<[string, Hosts, object]>([
    ['only in :authority', { ':authority': HOST }, accepted(streamed(''))],
    ['only in host', { host: HOST }, accepted(streamed(''))],
    ['in both', { ':authority': HOST, host: HOST }, accepted(streamed(''))],
    ['as it was signed in :authority alone', { ':authority': HOST, host: 'other' }, AMBIGUOUS],
    ['as it was signed in host alone', { ':authority': 'other', host: HOST }, AMBIGUOUS],
    ['as another in :authority', { ':authority': 'other' }, MISMATCH],
    ['as another in host', { host: 'other' }, MISMATCH],
  ])('checks a host that is named %s', async (_, hosts, expected) => {
    expect(await reply(forward({ target: '/echo' }), hosts)).toMatchObject(expected);
  });

  it.each([
    ['one frame', Buffer.alloc(LIMIT + 1)],
    ['frames', [LARGE, Buffer.alloc(1)]],
  ])('refuses one byte more than bodyLimit, in %s', async (_, body) => {
    expect(await reply(post(body))).toMatchObject(TOO_LARGE);
  });

  it('calls the handler of an unsigned payload before the body comes', async () => {
    const request = forward({
      method: 'POST',
      target: '/upload',
      headers: [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']],
    });
    const stream = beginHttp2(session, request);
    await once(stream, 'response');
    stream.end(LARGE);
    expect(await text(stream)).toBe('body verified: false' + digestOf(LARGE).sha256);
  });

  it('requires a type for an unsigned payload, unless the headers end the request', async () => {
    const { port } = await startForTest(fastify, echoModule({ contentTypes: ['application/json'] }), {
      adapter: fastify.adapter({ http2: true }),
    });
    const client = connect(`http://127.0.0.1:${port}`);
    const unsigned = forward({ target: '/echo', headers: [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']] });
    expect(await sendHttp2(client, { ...unsigned, body: Buffer.from('any') })).toMatchObject(
      unauthorized('HEADER_NOT_SIGNED', 'content-type'),
    );
    const headers = unsigned.headers.filter(([name]) => name !== 'Host');
    const ended = client.request(
      { ':method': 'GET', ':path': '/echo', ':authority': HOST, ...Object.fromEntries(headers) },
      { endStream: true },
    );
    const [head] = (await once(ended, 'response')) as [{ ':status': number }];
    expect(head[':status']).toBe(200);
    client.destroy();
  });

  it.each(['stream', 'connection'])('stops waiting when a client closes its %s during a body', async (what) => {
    let onRefusal: (exception: unknown) => void;
    let onGuards: () => void;
    const refusal = new Promise((resolve) => (onRefusal = resolve));
    // Fastify itself drops a stream that is reset before it got as far.
    const guards = new Promise<void>((resolve) => (onGuards = resolve));
    const { port } = await startForTest(fastify, echoModule(), {
      adapter: fastify.adapter({ http2: true }),
      prepare: (app) => {
        app.useGlobalFilters({ catch: onRefusal });
        app.useGlobalGuards({ canActivate: () => (onGuards(), true) });
      },
    });
    const client = connect(`http://127.0.0.1:${port}`);
    const request = post('all that was signed');
    const stream = beginHttp2(client, request).on('error', () => undefined);
    stream.write('all that');
    await guards;
    // At once: a moment later Node's client would end the stream in good order first.
    if (what === 'stream') stream.write(' was signed');
    if (what === 'stream') stream.close(constants.NGHTTP2_CANCEL);
    else client.destroy();
    expect(await refusal).toMatchObject({
      code: 'SIGNATURE_MISMATCH',
      message: 'Verify authroization failed.',
      status: 401,
    });
    client.close();
  });
});
