import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { connect } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { All, Controller, Module, type INestApplication } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import methodOverride from 'method-override';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApigSignatureModule, RequireApigSignature, type RefusalCode } from '../../src/index.js';
import { catchAll } from '../support/catch-all.js';
import {
  forward,
  HOST,
  KEY,
  KEYS,
  reauthorize,
  SECRET,
  withHeader,
  type RequestToForward,
} from '../support/gateway.js';
import { send, sendBytes, toBytes, type HeaderLines, type RequestToSend } from '../support/http-client.js';
import { fastify, platforms, start, startForTest, type RunningApp } from '../support/platforms.js';
import { refusalReply, unauthorized } from '../support/refused-replies.js';

@RequireApigSignature()
@Controller()
class GuardedController {
  @RequireApigSignature({
    allowedKeys: [KEY],
    requiredSignedHeaders: ['X-Required'],
    signedIfPresent: ['X-Tenant'],
    unsignedPayload: 'refuse',
    bodyLimit: 10,
  })
  @All('strict')
  strict() {
    return 'strict';
  }

  @All('*')
  plain() {
    return 'plain';
  }
}

const SECOND_SECRET = 'secret of the second key';
const LOOKUP_FAILURE = 'no connection to the store of keys';

function findSecret(key: string): string | undefined {
  if (key === 'broken-key') throw new Error(LOOKUP_FAILURE);
  return new Map([...Object.entries(KEYS), ['second-key', SECOND_SECRET]]).get(key);
}

@Module({ imports: [ApigSignatureModule.forRoot({ keys: findSecret })], controllers: [GuardedController] })
class GuardedModule {}

/** What an application may do to requests before its guards see them; a header says which it is done to. */
function prepare(app: INestApplication): void {
  app.use(methodOverride());
  app.use((request: Request, _response: Response, next: NextFunction) => {
    const end = request.push.bind(request, null);
    // Keeps the body from everyone: from the handler, and from the capture beneath.
    if (request.headers['x-swallow']) request.push = (chunk) => chunk !== null || end();
    next();
  });
  const server = app.getHttpServer() as Server;
  server.prependListener('request', (request: IncomingMessage) => {
    if (request.headers['x-rewrite']) request.url = '/rewritten';
  });
}

/** For targets that the router would refuse before any guard. */
const REWRITE: HeaderLines = [['X-Rewrite', '1']];
const BODY = 'Lorem ipsum';
const HOUR = 3600_000;

function declare(bodyHash: string): HeaderLines {
  return [['X-Sdk-Content-Sha256', bodyHash]];
}

function addHeader(request: RequestToSend, name: string, value: string): RequestToSend {
  return { ...request, headers: [...request.headers, [name, value]] };
}

/** To the route with a policy of its own, and as that one wants it. */
function toStrict({ headers = [], ...others }: RequestToForward = {}, options = {}): RequestToSend {
  return forward({ target: '/strict', method: 'POST', headers: [['X-Required', '1'], ...headers], ...others }, options);
}

/** docs/spec.md, Checks, row by row; some messages name a header. */
const ROWS: readonly (readonly [cause: string, code: RefusalCode, request: RequestToSend, header?: string])[] = [
  ['1: absent', 'AUTHORIZATION_MISSING', withHeader(forward(), 'Authorization')],
  ['1: empty', 'AUTHORIZATION_MISSING', reauthorize(forward(), () => '')],
  ['2: another scheme', 'AUTHORIZATION_MALFORMED', reauthorize(forward(), () => 'Bearer abcdefgh')],
  ['2: text before it', 'AUTHORIZATION_MALFORMED', reauthorize(forward(), (line) => `x ${line}`)],
  ['2: text behind it', 'AUTHORIZATION_MALFORMED', reauthorize(forward(), (line) => `${line}, x`)],
  ['2: sent twice', 'AUTHORIZATION_MALFORMED', reauthorize(forward(), (line) => [line, line])],
  ['2: an empty name', 'AUTHORIZATION_MALFORMED', reauthorize(forward(), (line) => line.replace(';', ';;'))],
  ['2: no token', 'AUTHORIZATION_MALFORMED', reauthorize(forward(), (line) => line.replace(';', ';x y;'))],
  ['2: a name twice', 'AUTHORIZATION_MALFORMED', reauthorize(forward(), (line) => line.replace(';', ';HOST;'))],
  ['3: unknown', 'KEY_UNKNOWN', forward({}, { key: 'unknown-key' })],
  ['3: not allowed', 'KEY_UNKNOWN', toStrict({}, { key: 'second-key', secret: SECOND_SECRET })],
  [
    '4: absent',
    'SIGNED_HEADER_MISSING',
    withHeader(forward({ headers: [['X-Gone', 'gone-value']] }), 'X-Gone'),
    'x-gone',
  ],
  ['4b: on two lines', 'SIGNED_HEADER_REPEATED', addHeader(forward(), 'HOST', 'other.example'), 'host'],
  ['4c: required', 'HEADER_NOT_SIGNED', forward({ target: '/strict' }), 'x-required'],
  ['4c: present', 'HEADER_NOT_SIGNED', addHeader(toStrict(), 'X-Tenant', 'tenant-1'), 'x-tenant'],
  [
    '4c: of another charset',
    'HEADER_NOT_SIGNED',
    addHeader(forward(), 'Content-Type', 'application/xml; charset=utf-7'),
    'content-type',
  ],
  ['5: unsigned', 'DATE_MISSING', forward({}, { signedHeaders: ['host'] })],
  ['5b: of another form', 'DATE_MALFORMED', forward({ headers: [['X-Sdk-Date', '2026-01-15T09:30:45Z']] })],
  ['5b: no real date', 'DATE_MALFORMED', forward({ headers: [['X-Sdk-Date', '20260230T093045Z']] })],
  ['6: old', 'SIGNATURE_EXPIRED', forward({}, { date: Date.now() - HOUR })],
  ['6: ahead', 'SIGNATURE_EXPIRED', forward({}, { date: Date.now() + HOUR })],
  ['6b: a bad escape in the path', 'TARGET_AMBIGUOUS', { ...forward({ headers: REWRITE }), target: '/path%zz' }],
  ['6b: a bad escape in the query', 'TARGET_AMBIGUOUS', { ...forward(), target: '/path?name=%zz' }],
  ['6b: a value without a name', 'TARGET_AMBIGUOUS', forward({ target: '/path?=value' })],
  ['6b: # in the path', 'TARGET_AMBIGUOUS', forward({ target: '/path#fragment' })],
  ['6b: # in the query', 'TARGET_AMBIGUOUS', forward({ target: '/path?query#fragment' })],
  ['6b: absolute form', 'TARGET_AMBIGUOUS', forward({ target: `http://${HOST}/path` })],
  ['6b: *', 'TARGET_AMBIGUOUS', forward({ method: 'OPTIONS', target: '*', headers: REWRITE })],
  ['6b: an encoded letter', 'TARGET_AMBIGUOUS', forward({ target: '/users/%6de' })],
  ['6b: an encoded digit', 'TARGET_AMBIGUOUS', forward({ target: '/users/%31' })],
  ['6b: an encoded slash', 'TARGET_AMBIGUOUS', forward({ target: '/path%2Fpath' })],
  ['6b: 1001 query pieces', 'TARGET_AMBIGUOUS', forward({ target: '/path?' + 'a=1&'.repeat(1000) })],
  [
    '6b: an overridden method',
    'TARGET_AMBIGUOUS',
    addHeader(forward({ method: 'POST' }), 'X-HTTP-Method-Override', 'DELETE'),
  ],
  ['7: another secret', 'SIGNATURE_MISMATCH', forward({}, { secret: SECOND_SECRET })],
  [
    '7: upper case',
    'SIGNATURE_MISMATCH',
    reauthorize(forward(), (line) => line.slice(0, -64) + line.slice(-64).toUpperCase()),
  ],
  ['7: cut', 'SIGNATURE_MISMATCH', reauthorize(forward(), (line) => line.slice(0, -1))],
  ['8: no hash', 'BODY_HASH_MISMATCH', forward({ headers: declare('no-hash-at-all') })],
  ['8: of another body', 'BODY_HASH_MISMATCH', toStrict({ headers: declare('0'.repeat(64)), body: 'Lorem' })],
  ['8b: forbidden', 'UNSIGNED_PAYLOAD', toStrict({ headers: declare('UNSIGNED-PAYLOAD'), body: BODY })],
];

const tooLarge = refusalReply(413, 'BODY_TOO_LARGE', 'Request body too large.');
const noKeys = refusalReply(503, 'KEYS_UNAVAILABLE', 'Signing keys are unavailable.');
const notCaptured = refusalReply(
  500,
  'BODY_NOT_CAPTURED',
  'The request body was not captured: import ApigSignatureModule.forRoot() in the root module, ' +
    'and let nothing read or replace the body before it.',
);

/** Refusals that say nothing of the caller's right. */
const OTHERS: readonly (readonly [cause: string, reply: object, request: RequestToSend])[] = [
  ['a body past the limit', tooLarge, toStrict({ body: BODY })],
  ['a chunked body past the limit', tooLarge, toStrict({ body: [Buffer.from(BODY)] })],
  ['a failed look-up', noKeys, forward({}, { key: 'broken-key' })],
  [
    'a body that something took away',
    notCaptured,
    forward({ method: 'POST', headers: [['X-Swallow', '1']], body: BODY }),
  ],
];

const REFUSALS = [
  ...ROWS.map(([cause, code, request, header]) => [cause, unauthorized(code, header), request] as const),
  ...OTHERS,
];

/** Requests that Node's parser or the framework's router answers before a guard runs, with their own 400 and 404. */
const REFUSED_EARLIER: readonly (readonly [cause: string, status: string, target: string])[] = [
  ['Node: a byte above 0x7E', '400 Bad Request', '/path\xe9'],
  ['Node: such a byte in the query', '400 Bad Request', '/path?\xe9'],
  ['Node: DEL', '400 Bad Request', '/path\x7f'],
  ['Node: a space', '400 Bad Request', '/path path'],
  ['Node: a control character', '400 Bad Request', '/path\x01'],
  ['Node: no slash at the start', '400 Bad Request', 'path'],
  ['Node: nothing', '400 Bad Request', ''],
  ['router: a bad escape in the path', '400 Bad Request', '/path%zz'],
  ['router: an escape in the path that is no UTF-8', '400 Bad Request', '/path%ff'],
  ['router: *', '404 Not Found', '*'],
];

/** What a request says, but for header names, which messages may tell. */
function textsOf({ target, headers, body }: RequestToSend): string[] {
  const inAuthorization = headers.flatMap(
    ([, value]) => /Access=([^,]+),.*Signature=(\w+)/.exec(value)?.slice(1) ?? [],
  );
  const texts = [target, ...headers.map(([, value]) => value), ...inAuthorization, body ? BODY : ''];
  return texts.filter((text) => text.length > 1);
}

describe.each(platforms)('$name', (platform) => {
  const logged: string[] = [];
  const log = (...line: unknown[]) => void logged.push(inspect(line));
  const options = { prepare, logger: { log, warn: log, error: log } };
  let running: RunningApp;

  beforeAll(async () => {
    running = await start(platform, GuardedModule, options);
  });

  afterAll(() => running.app.close());

  it.each(REFUSALS)('%s', async (_cause, expected, request) => {
    const reply = await send(running.port, request);
    expect(reply).toMatchObject(expected);
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(reply.headers['www-authenticate']).toBe(reply.status === 401 ? 'SDK-HMAC-SHA256' : undefined);
    expect(reply.headers).not.toHaveProperty('retry-after');
  });

  it.each(REFUSED_EARLIER)('%s: %s', async (_cause, status, target) => {
    const request = { ...forward({ method: 'OPTIONS', headers: [['Connection', 'close']] }), target };
    const reply = await sendBytes(running.port, toBytes(request));
    expect(reply.split('\r\n')[0]).toBe(`HTTP/1.1 ${status}`);
    expect(reply).not.toMatch(/www-authenticate|plain$/i);
  });

  it('shows no secret and nothing of the request, to the caller or in the log', async () => {
    const { port } = await startForTest(platform, GuardedModule, options); // which has not said it yet
    logged.length = 0;
    const accepted = addHeader(forward({ method: 'PUT', body: BODY }), 'Content-Type', 'application/unsigned');
    const requests = [...REFUSALS.map(([, , request]) => request), accepted];
    const replies = await Promise.all(requests.map((request) => send(port, request)));
    const told = inspect(replies) + logged.join();
    expect(told).toContain(LOOKUP_FAILURE);
    const secret = [SECRET, SECOND_SECRET, ...requests.flatMap(textsOf)];
    expect(secret.filter((text) => told.includes(text))).toEqual([]);
  });
});

describe('over HTTP/2, where bytes above 0x7E come through', () => {
  let running: RunningApp;

  beforeAll(async () => {
    const adapter = fastify.adapter({ http2: true });
    running = await start(fastify, catchAll({ keys: KEYS }), { adapter });
  });

  afterAll(() => running.app.close());

  async function sendOverHttp2({ target, headers }: RequestToSend) {
    const session = connect(`http://127.0.0.1:${running.port}`);
    const others = headers.filter(([name]) => name !== 'Host');
    const stream = session.request({ ':authority': HOST, ':path': target, ...Object.fromEntries(others) });
    const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
    const text = await buffer(stream);
    session.close();
    return { status: head[':status'], headers: head, text: text.toString() };
  }

  it('6b: such a byte', async () => {
    expect(await sendOverHttp2(forward({ target: '/caf%C3%A9' }))).toMatchObject({ status: 200 });
    expect(await sendOverHttp2(forward({ target: '/café' }))).toMatchObject(unauthorized('TARGET_AMBIGUOUS'));
  });
});
