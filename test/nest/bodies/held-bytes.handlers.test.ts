import type { IncomingMessage, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import multipart from '@fastify/multipart';
import { Controller, Param, Post, Req, Res, UseInterceptors, type INestApplication } from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fc from 'fast-check';
import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { RequireApigSignature } from '../../../src/index.js';
import { echoModule, type FrameworkRequest } from '../../support/echo.controller.js';
import { forward } from '../../support/gateway.js';
import { heldBy, untilHeld } from '../../support/held-bytes.js';
import { toBytes, type HeaderLines } from '../../support/http-client.js';
import { platforms, startForTest } from '../../support/platforms.js';
import { RawConnection } from '../../support/raw-connection.js';

/** More than the streams of one connection buffer by themselves. */
const LARGE = 300_000;

/** What a handler does with a verified body; `answer` may be called at any time, and more than once. */
type Behaviour = (request: IncomingMessage, answer: () => void) => unknown;

const failingSink = () =>
  new Writable({ write: (_chunk, _encoding, done) => queueMicrotask(() => done(new Error('the disk is full'))) });

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  'reads nothing': (_request, answer) => answer(),
  'reads a few bytes at the first readable event': (request, answer) =>
    request.once('readable', () => {
      request.read(10);
      answer();
    }),
  'reads a few bytes at each readable event': (request, answer) =>
    request.on('readable', () => {
      request.read(10);
      answer();
    }),
  'pauses after the first data event': (request, answer) =>
    request.once('data', () => {
      request.pause();
      answer();
    }),
  'pipes into a sink that fails': (request, answer) => request.pipe(failingSink()).on('error', answer),
  'destroys the request': (request, answer) => {
    request.destroy();
    answer();
  },
  'destroys the request after it has read a part': (request, answer) =>
    request.once('readable', () => {
      request.read(10);
      request.destroy();
      answer();
    }),
  'puts bytes back': (request, answer) =>
    request.once('readable', () => {
      request.unshift(Buffer.concat([request.read(10) as Buffer, Buffer.alloc(1000)]));
      answer();
    }),
  'leaves an async iterator': async (request, answer) => {
    for await (const chunk of request as AsyncIterable<Buffer>) if (chunk.length > 0) break;
    answer();
  },
  'leaves an async iterator that does not destroy the request': async (request, answer) => {
    const chunks: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
    for await (const chunk of chunks) if (chunk.length > 0) break;
    answer();
  },
  'answers, and reads on': (request, answer) => {
    answer();
    return request.once('readable', () => setImmediate(() => void request.read(10)));
  },
  'reads everything': (request, answer) => request.on('data', () => undefined).on('end', answer),
  'never answers': (request) => request.once('readable', () => void request.read(10)),
};

@RequireApigSignature()
@Controller()
class BehavingController {
  @Post('do/:behaviour')
  async behave(
    @Param('behaviour') behaviour: string,
    @Req() request: FrameworkRequest,
    @Res() reply: ServerResponse & { readonly raw?: ServerResponse },
  ) {
    const response = reply.raw ?? reply;
    const answer = () => {
      if (!response.headersSent) response.setHeader('Content-Length', 2).end('ok');
    };
    await BEHAVIOURS[decodeURIComponent(behaviour)]!(request.raw ?? request, answer);
  }
}

@RequireApigSignature()
@Controller('stops within a form')
class MulterController {
  @Post()
  @UseInterceptors(FileInterceptor('file', { limits: { fileSize: 1000 } }))
  upload() {
    return 'not called for a large file';
  }
}

@RequireApigSignature()
@Controller('stops within a form')
class FastifyMultipartController {
  @Post()
  async upload(@Req() request: FastifyRequest) {
    // The file is not read, so that the parser stops within it.
    return (await request.file())!.filename;
  }
}

const MULTIPART = { express: MulterController, fastify: FastifyMultipartController };

async function prepare(app: INestApplication): Promise<void> {
  if (app.getHttpAdapter().getType() === 'fastify') await (app as NestFastifyApplication).register(multipart);
}

const FORM = Buffer.concat([
  Buffer.from('--edge\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'),
  Buffer.alloc(LARGE),
  Buffer.from('\r\n--edge--\r\n'),
]);
const FORM_TYPE: HeaderLines = [['Content-Type', 'multipart/form-data; boundary=edge']];

/** How the client goes on when it has sent its body. */
const ENDINGS = ['keeps the connection', 'ends', 'destroys', 'resets', 'leaves at once'] as const;
type Ending = (typeof ENDINGS)[number];

const uploads = fc.record({
  behaviour: fc.constantFrom(...Object.keys(BEHAVIOURS), 'stops within a form'),
  bytes: fc.constantFrom(1, 20_000, LARGE),
  isChunked: fc.boolean(),
  ending: fc.constantFrom(...ENDINGS),
});

function uploadOf({ behaviour, bytes, isChunked }: { behaviour: string; bytes: number; isChunked: boolean }): Buffer {
  const isForm = behaviour === 'stops within a form';
  const target = isForm ? '/multipart' : `/do/${encodeURIComponent(behaviour)}`;
  const body = isForm ? FORM : Buffer.alloc(bytes);
  const request = forward({ method: 'POST', target, headers: isForm ? FORM_TYPE : [], body });
  if (!isChunked) return toBytes(request);
  const head = {
    ...request,
    headers: [...request.headers, ['Transfer-Encoding', 'chunked'] as const],
    body: undefined,
  };
  const chunks = [`${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n'];
  return Buffer.concat([toBytes(head), ...chunks.map((chunk) => Buffer.from(chunk as string))]);
}

const LEAVE: Readonly<Record<Exclude<Ending, 'keeps the connection'>, 'end' | 'destroy' | 'resetAndDestroy'>> = {
  ends: 'end',
  destroys: 'destroy',
  resets: 'resetAndDestroy',
  'leaves at once': 'destroy',
};

describe.each(platforms)('the bytes that a verified body holds on $name', (platform) => {
  const startServer = () =>
    startForTest(platform, echoModule({}, [BehavingController, MULTIPART[platform.name]]), { prepare });

  /** Answers once the server has replied, if it does at all. */
  async function upload(port: number, each: Parameters<typeof uploadOf>[0], ending: Ending): Promise<RawConnection> {
    const connection = await RawConnection.to(port);
    await connection.write(uploadOf(each));
    if (ending === 'leaves at once') {
      connection.socket.destroy();
    } else if (each.behaviour !== 'never answers') {
      // A handler that destroys the request ends the connection, on Express before anything is answered.
      await connection.untilReplied();
    }
    if (ending !== 'keeps the connection' && ending !== 'leaves at once') connection.socket[LEAVE[ending]]();
    return connection;
  }

  it.each([...Object.keys(BEHAVIOURS), 'stops within a form'])(
    'are given back where the handler %s',
    async (behaviour) => {
      const { app, port } = await startServer();
      for (const ending of ENDINGS) {
        const connection = await upload(port, { behaviour, bytes: LARGE, isChunked: false }, ending);
        // One that is never answered holds its bytes until its client leaves.
        if (behaviour === 'never answers') connection.socket.destroy();
        await untilHeld(app, 0);
        connection.socket.destroy();
      }
    },
  );

  it('are given back whatever handlers and clients do beside each other', async () => {
    const { app, port } = await startServer();
    await fc.assert(
      fc.asyncProperty(fc.array(uploads, { minLength: 1, maxLength: 6 }), async (all) => {
        const connections = await Promise.all(all.map((each) => upload(port, each, each.ending)));
        for (const [at, { behaviour }] of all.entries()) {
          if (behaviour === 'never answers') connections[at]!.socket.destroy();
        }
        await untilHeld(app, 0);
        for (const { socket } of connections) socket.destroy();
      }),
      { numRuns: 40 },
    );
    expect(heldBy(app)).toBe(0);
  });
});
