import { once } from 'node:events';
import { connect, constants, type ClientHttp2Session } from 'node:http2';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { onTestFinished } from 'vitest';
import { BehavingController, calls, MULTIPART, prepareForms, requestTo } from './behaving.controller.js';
import { echoModule } from './echo.controller.js';
import { toBytes } from './http-client.js';
import { beginHttp2 } from './http2-client.js';
import { emulated, inject } from './injection.js';
import { express, fastify, mountForTest, startForTest, type Platform, type RunningApp } from './platforms.js';
import { RawConnection } from './raw-connection.js';

/** A body for a handler that behaves in some way, and how its client leaves. */
export interface Upload {
  readonly behaviour: string;
  readonly bytes: number;
  /** Without a length in the headers. */
  readonly isChunked: boolean;
  /** One of the endings of its {@link Way}. A client that leaves `at once` waits for no answer. */
  readonly ending: string;
  /** Of a client that leaves at once: the part of the body that it sends, and the turns that it waits then. */
  readonly sent: number;
  readonly turns: number;
}

/** A way that bodies come to an application. */
export interface Way {
  readonly name: string;
  readonly endings: readonly string[];
  start(): Promise<RunningApp>;
  /** Sends a body, and ends as its client does. Gives back how the client leaves, if it has not yet. */
  send(running: RunningApp, upload: Upload): Promise<() => void>;
}

const moduleFor = ({ name }: Platform) => echoModule({}, [BehavingController, MULTIPART[name]]);
const leavesAtOnce = ({ ending }: Upload) => ending.endsWith('at once');
const NEVER = 'never answers';
/** Waits for what a client that stays can wait for: the end of the exchange, or the call of a handler that gives none. */
const untilHandled = ({ behaviour }: Upload, end: Promise<unknown>) =>
  behaviour === NEVER ? Promise.race([once(calls, NEVER), end]) : end;

const partOf = (bytes: Buffer, { sent }: Upload) => bytes.subarray(0, Math.ceil(sent * bytes.length));

async function waitTurns({ turns }: Upload): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await setImmediate();
}

function bytesOf({ behaviour, bytes, isChunked }: Upload): Buffer {
  const request = requestTo(behaviour, bytes);
  if (!isChunked) return toBytes(request);
  const body = request.body as Buffer;
  const head = {
    ...request,
    headers: [...request.headers, ['Transfer-Encoding', 'chunked'] as const],
    body: undefined,
  };
  const chunks = [`${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'];
  return Buffer.concat([toBytes(head), ...chunks.map((chunk) => Buffer.from(chunk as string))]);
}

const LEAVE: Readonly<Record<string, 'end' | 'destroy' | 'resetAndDestroy'>> = {
  ends: 'end',
  destroys: 'destroy',
  resets: 'resetAndDestroy',
  'destroys at once': 'destroy',
  'resets at once': 'resetAndDestroy',
};

const overHttp1: Pick<Way, 'endings' | 'send'> = {
  endings: ['keeps the connection', ...Object.keys(LEAVE)],
  async send({ port }, upload) {
    const connection = await RawConnection.to(port);
    const bytes = bytesOf(upload);
    if (leavesAtOnce(upload)) {
      await connection.write(partOf(bytes, upload));
      await waitTurns(upload);
    } else {
      connection.socket.write(bytes);
      // A handler that destroys the request ends the connection, on Express before anything is answered.
      await untilHandled(upload, connection.untilReplied());
    }
    const leave = LEAVE[upload.ending];
    if (leave) connection.socket[leave]();
    return () => connection.socket.destroy();
  },
};

/** One session for all uploads of an application, until it is destroyed. */
const sessions = new WeakMap<RunningApp, ClientHttp2Session>();

function sessionTo(running: RunningApp): ClientHttp2Session {
  const open = sessions.get(running);
  if (open && !open.destroyed) return open;
  const session = connect(`http://127.0.0.1:${running.port}`).on('error', () => undefined);
  sessions.set(running, session);
  onTestFinished(() => session.destroy());
  return session;
}

const overHttp2: Way = {
  name: 'over HTTP/2 on fastify',
  endings: [
    'keeps the session',
    'resets the stream',
    'destroys the session',
    'resets the stream at once',
    'destroys the session at once',
  ],
  start: () =>
    startForTest(fastify, moduleFor(fastify), { prepare: prepareForms, adapter: fastify.adapter({ http2: true }) }),
  async send(running, upload) {
    const request = requestTo(upload.behaviour, upload.bytes);
    const body = request.body as Buffer;
    const length = upload.isChunked ? [] : [['Content-Length', String(body.length)] as const];
    const session = sessionTo(running);
    const stream = beginHttp2(session, { ...request, headers: [...request.headers, ...length] });
    stream.on('error', () => undefined).resume();
    if (leavesAtOnce(upload)) {
      stream.write(partOf(body, upload));
      await waitTurns(upload);
    } else {
      stream.end(body);
      // A handler that destroys the request resets its stream. Another upload may destroy the session.
      const answered = ['response', 'close'].map((event) => new Promise((resolve) => stream.once(event, resolve)));
      await untilHandled(upload, Promise.race(answered));
    }
    if (upload.ending.startsWith('resets')) stream.close(constants.NGHTTP2_CANCEL);
    if (upload.ending.startsWith('destroys')) session.destroy();
    return () => stream.close(constants.NGHTTP2_CANCEL);
  },
};

const byInject: Way = {
  name: 'through inject() on fastify',
  endings: ['waits for the answer', 'aborts at once'],
  start: () => startForTest(fastify, moduleFor(fastify), { prepare: prepareForms }),
  async send({ app }, upload) {
    const request = requestTo(upload.behaviour, upload.bytes);
    const body = request.body as Buffer;
    const aborting = new AbortController();
    // light-my-request aborts streams only.
    const isStream = upload.isChunked || leavesAtOnce(upload) || upload.behaviour === NEVER;
    const payload = new PassThrough();
    const injection = isStream ? { payload, signal: aborting.signal } : {};
    const reply = inject(app as NestFastifyApplication, request, injection).catch(() => undefined);
    if (leavesAtOnce(upload)) {
      payload.write(partOf(body, upload));
      await waitTurns(upload);
      aborting.abort();
    } else {
      payload.end(body);
      await untilHandled(upload, reply);
    }
    return () => aborting.abort();
  },
};

/** Every way that bodies come, with what ends them there. */
export const WAYS: readonly Way[] = [
  ...[express, fastify].map((platform) => ({
    ...overHttp1,
    name: `over HTTP/1 on ${platform.name}`,
    start: () => startForTest(platform, moduleFor(platform), { prepare: prepareForms }),
  })),
  overHttp2,
  byInject,
  {
    ...overHttp1,
    name: 'in a request of a serverless adapter on express',
    start: () =>
      mountForTest(express, moduleFor(express), (listener) => (incoming, response) => {
        void buffer(incoming).then(
          (body) => listener(emulated(incoming, [body]), response),
          () => undefined, // The client left before the body was whole: no event.
        );
      }),
  },
];
