import type { IncomingMessage, Server } from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import createExpress, { json } from 'express';
import { describe, expect, it } from 'vitest';
import { accepted, echoModule, parsed, streamed } from '../../support/echo.controller.js';
import { altered, forward } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import {
  express,
  mountForTest,
  platforms,
  startForTest,
  type Platform,
  type RunningApp,
} from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { refusalReply, unauthorized } from '../../support/refused-replies.js';

const BODY = Buffer.from('{"name":"value"}');
const BODIES = { whole: BODY, chunked: [BODY.subarray(0, 9), BODY.subarray(9)] };
const MISMATCH = unauthorized('SIGNATURE_MISMATCH');
const NOT_CAPTURED = refusalReply(
  500,
  'BODY_NOT_CAPTURED',
  'The request body was not captured: import ApigSignatureModule.forRoot() in the root module, ' +
    'and let nothing read or replace the body before it.',
);
const TOO_LARGE = refusalReply(413, 'BODY_TOO_LARGE', 'Request body too large.');

const post = (type: string, body: Buffer | Buffer[] = BODY) =>
  forward({ method: 'POST', target: '/echo', headers: [['Content-Type', type]], body });

type Middleware = (request: IncomingMessage, response: unknown, next: () => void) => void;

const startWith = (platform: Platform, middleware: Middleware) =>
  startForTest(platform, echoModule(), { prepare: (app) => app.use(middleware) });

type Push = (chunk: Buffer | string | null, encoding?: BufferEncoding) => boolean;
type PushWrapper = (push: Push) => (chunk: Buffer | null) => boolean;

/** What another library may make of a request's push(). */
const WRAPPERS = {
  passesAll: (push) => (chunk) => push(chunk),
  passesText: (push) => (chunk) => push(chunk?.toString('base64') ?? null, 'base64'),
  withholdsTheFirst: (push) => {
    let seen = 0;
    return (chunk) => (chunk !== null && seen++ === 0) || push(chunk);
  },
  alters: (push) => (chunk) => push(chunk && Buffer.from(chunk.toString().replace('value', 'other'))),
  addsEmptyOnes: (push) => (chunk) => {
    push(Buffer.alloc(0));
    return push(chunk);
  },
  passesAllAtOnce: (push) => {
    const chunks: Buffer[] = [];
    return (chunk) => (chunk === null ? push(Buffer.concat(chunks)) && push(null) : chunks.push(chunk) > 0);
  },
  doubles: (push) => (chunk) => (chunk === null || push(chunk)) && push(chunk),
} satisfies Record<string, PushWrapper>;

function wrapPush(request: IncomingMessage, wrapper: PushWrapper): void {
  request.push = wrapper(request.push.bind(request));
}

describe.each(platforms)('$name, a push() that another library wrapped', (platform) => {
  const XML = accepted(streamed(BODY));
  const JSON_VALUE = accepted(parsed({ name: 'value' }));

  it.each([
    ['passesAll', 'application/xml', XML, XML],
    ['passesAll', 'application/json', JSON_VALUE, JSON_VALUE],
    ['passesText', 'application/xml', XML, XML],
    ['passesAllAtOnce', 'application/xml', XML, XML],
    ['addsEmptyOnes', 'application/xml', XML, XML],
    ['withholdsTheFirst', 'application/xml', NOT_CAPTURED, MISMATCH],
    ['alters', 'application/xml', MISMATCH, MISMATCH],
    ['alters', 'application/json', MISMATCH, MISMATCH],
    ['doubles', 'application/xml', NOT_CAPTURED, MISMATCH],
    // The framework itself refuses a body that is not JSON any more, or has another length than its Content-Length.
    ['withholdsTheFirst', 'application/json', { status: 400 }, { status: 400 }],
    ['doubles', 'application/json', { status: 400 }, { status: 400 }],
  ] as const)('after this package: one that %s, %s', async (name, type, whole, chunked) => {
    const { port } = await startWith(platform, (request, _, next) => {
      wrapPush(request, WRAPPERS[name]);
      next();
    });
    expect(await send(port, post(type, BODIES.whole))).toMatchObject(whole);
    expect(await send(port, post(type, BODIES.chunked))).toMatchObject(chunked);
  });

  it('after this package: one that passes everything at once, and more than may wait', async () => {
    const { port } = await startForTest(platform, echoModule({ bodyLimit: BODY.length - 1 }), {
      prepare: (app) =>
        app.use((request: IncomingMessage, _response: unknown, next: () => void) => {
          wrapPush(request, WRAPPERS.passesAllAtOnce);
          next();
        }),
    });
    expect(await send(port, post('application/xml', BODIES.chunked))).toMatchObject(TOO_LARGE);
  });

  it.each([
    ['passesAll', XML],
    ['withholdsTheFirst', NOT_CAPTURED],
    ['doubles', NOT_CAPTURED],
  ] as const)('before this package: one that %s', async (name, reply) => {
    const { app, port } = await startForTest(platform, echoModule());
    const server = app.getHttpServer() as Server;
    server.prependListener('request', (request) => wrapPush(request, WRAPPERS[name]));
    for (const body of Object.values(BODIES)) {
      expect(await send(port, post('application/xml', body))).toMatchObject(reply);
    }
  });
});

describe.each(platforms)('$name, a middleware that keeps a stream of its own', (platform) => {
  it('in `raw` changes no verdict', async () => {
    const { port } = await startWith(platform, (request, _, next) => {
      Object.assign(request, { raw: Readable.from([BODY]) });
      next();
    });
    expect(await send(port, post('application/xml'))).toMatchObject(accepted(streamed(BODY)));
    expect(await send(port, altered(post('application/xml')))).toMatchObject(MISMATCH);
  });
});

describe.each(platforms)('$name, a middleware that reads', (platform) => {
  it('the whole body changes no verdict', async () => {
    const { port } = await startWith(platform, (request, _, next) => void buffer(request).then(() => next()));
    expect(await send(port, post('application/xml'))).toMatchObject(accepted(streamed('')));
    expect(await send(port, altered(post('application/xml')))).toMatchObject(MISMATCH);
  });

  it('the first bytes, and puts them back, changes no verdict', async () => {
    const { port } = await startWith(platform, (request, _, next) => {
      request.once('data', (chunk: Buffer) => {
        request.pause();
        request.unshift(chunk);
        next();
      });
    });
    const body = Array.from({ length: 100 }, () => Buffer.alloc(2 ** 10, 'many bytes'));
    expect(await send(port, post('application/xml', body))).toMatchObject(accepted(streamed(Buffer.concat(body))));
    expect(await send(port, altered(post('application/xml', body), 99_999))).toMatchObject(MISMATCH);
  });

  it.each([
    [BODY.length, accepted(streamed(BODY))],
    [BODY.length - 1, TOO_LARGE],
  ])('the whole body, and puts it back, changes nothing about a bodyLimit of %i bytes', async (bodyLimit, reply) => {
    const { port } = await startForTest(platform, echoModule({ bodyLimit }), {
      prepare: (app) =>
        app.use((request: IncomingMessage, _response: unknown, next: () => void) => {
          request.once('data', (chunk: Buffer) => {
            request.pause();
            request.unshift(chunk);
            setImmediate(next);
          });
        }),
    });
    expect(await send(port, post('application/xml'))).toMatchObject(reply);
  });

  it('the body before the application sees the request: the guard refuses the body', async () => {
    const { port } = await mountForTest(platform, echoModule(), (app) => (request, response) => {
      void buffer(request).then(() => app(request, response));
    });
    for (const body of Object.values(BODIES)) {
      expect(await send(port, post('application/xml', body))).toMatchObject(NOT_CAPTURED);
    }
  });

  it('nothing, but pushes to an object created from the request: the guard refuses the body', async () => {
    const { port } = await startForTest(platform, echoModule(), {
      prepare: (app) =>
        app.use((request: IncomingMessage, _response: unknown, next: () => void) => {
          (Object.create(request) as IncomingMessage).push('more');
          next();
        }),
    });
    expect(await send(port, post('application/xml'))).toMatchObject(NOT_CAPTURED);
  });

  it('nothing, but waits before the application sees the request: the guard refuses the body', async () => {
    const { port } = await mountForTest(platform, echoModule(), (app) => (request, response) => {
      setTimeout(() => app(request, response), 50);
    });
    expect(await send(port, post('application/xml'))).toMatchObject(NOT_CAPTURED);
  });
});

describe('express, mounted behind another application', () => {
  it('cannot verify a body that the outer json() has read', async () => {
    const { port } = await mountForTest(express, echoModule(), (app) => createExpress().use(json(), app));
    expect(await send(port, post('application/json'))).toMatchObject(NOT_CAPTURED);
    // That parser reads no other type.
    expect(await send(port, post('application/xml'))).toMatchObject(accepted(streamed(BODY)));
  });
});

describe.each(platforms)('$name, a body that was not captured: the log says why', (platform) => {
  const begin = (middleware: (request: IncomingMessage) => void) => () =>
    startWith(platform, (request, _, next) => {
      middleware(request);
      next();
    });
  const readFirst = () =>
    mountForTest(platform, echoModule(), (app) => (request, response) => {
      void buffer(request).then(() => app(request, response));
    });
  const withheld = async () => {
    const running = await startForTest(platform, echoModule());
    const server = running.app.getHttpServer() as Server;
    server.prependListener('request', (request) => wrapPush(request, WRAPPERS.withholdsTheFirst));
    return running;
  };

  it.each<[reason: string, type: string, begin: () => Promise<RunningApp>]>([
    ['a part of the body arrived, or was read, before the capture began', 'application/xml', readFirst],
    ['other bytes wait for the handler than those that arrived', 'application/xml', withheld],
    [
      'fewer or more bytes came through than Content-Length says',
      'application/xml',
      begin((request) => wrapPush(request, WRAPPERS.doubles)),
    ],
    [
      'the body ended without passing the capture',
      'application/json',
      begin((request) => void Reflect.deleteProperty(request, 'push')),
    ],
  ])('%s', async (reason, type, begin) => {
    const { app, port } = await begin();
    const logger = new RecordedLog();
    app.useLogger(logger);
    expect(await send(port, post(type))).toMatchObject(NOT_CAPTURED);
    expect(logger.troubles).toContain(`error BODY_NOT_CAPTURED: ${reason} ApigSignature`);
  });
});
