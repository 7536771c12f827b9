import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import multipart from '@fastify/multipart';
import { Controller, Param, Post, Req, Res, UseInterceptors, type INestApplication } from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { RequireApigSignature } from '../../src/index.js';
import type { FrameworkRequest } from './echo.controller.js';
import { forward } from './gateway.js';
import type { HeaderLines, RequestToSend } from './http-client.js';

/** More than the streams of one connection buffer by themselves. */
export const LARGE = 300_000;

/** What a handler does with a verified body; `answer` may be called at any time, and more than once. */
type Behaviour = (request: IncomingMessage, answer: () => void) => unknown;

const failingSink = () =>
  new Writable({ write: (_chunk, _encoding, done) => queueMicrotask(() => done(new Error('the disk is full'))) });

const ACTIONS: Readonly<Record<string, Behaviour>> = {
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

/** Emits the name of a behaviour when a request has come to its handler. */
export const calls = new EventEmitter();

@RequireApigSignature()
@Controller()
export class BehavingController {
  @Post('do/:behaviour')
  async behave(
    @Param('behaviour') behaviour: string,
    @Req() request: FrameworkRequest,
    @Res() reply: ServerResponse & { readonly raw?: ServerResponse },
  ) {
    const response = reply.raw ?? reply;
    const answer = () => {
      if (response.headersSent) return;
      response.setHeader('Content-Length', 2); // gives back no response over HTTP/2
      response.end('ok');
    };
    const name = decodeURIComponent(behaviour);
    calls.emit(name);
    await ACTIONS[name]!(request.raw ?? request, answer);
  }
}

@RequireApigSignature()
@Controller('multipart')
class MulterController {
  @Post()
  @UseInterceptors(FileInterceptor('file', { limits: { fileSize: 1000 } }))
  upload() {
    return 'not called for a large file';
  }
}

@RequireApigSignature()
@Controller('multipart')
class FastifyMultipartController {
  @Post()
  async upload(@Req() request: FastifyRequest) {
    // The file is not read, so that the parser stops within it.
    return (await request.file())!.filename;
  }
}

/** The controller that stops within a form, of each platform. */
export const MULTIPART = { express: MulterController, fastify: FastifyMultipartController };

/** What an application with these controllers needs before it listens. */
export async function prepareForms(app: INestApplication): Promise<void> {
  if (app.getHttpAdapter().getType() === 'fastify') await (app as NestFastifyApplication).register(multipart);
}

const FORM = Buffer.concat([
  Buffer.from('--edge\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'),
  Buffer.alloc(LARGE),
  Buffer.from('\r\n--edge--\r\n'),
]);
const FORM_TYPE: HeaderLines = [['Content-Type', 'multipart/form-data; boundary=edge']];

const STOPS = 'stops within a form';

/** Whatever a handler may do with a body that was verified. */
export const BEHAVIOURS: readonly string[] = [...Object.keys(ACTIONS), STOPS];

/** A signed request to the handler that behaves so. `query` makes it one of its own. */
export function requestTo(behaviour: string, bytes: number, query = ''): RequestToSend {
  const isForm = behaviour === STOPS;
  const target = (isForm ? '/multipart' : `/do/${encodeURIComponent(behaviour)}`) + query;
  return forward({
    method: 'POST',
    target,
    headers: isForm ? FORM_TYPE : [],
    body: isForm ? FORM : Buffer.alloc(bytes),
  });
}
