/// <reference types="multer" />
import { buffer } from 'node:stream/consumers';
import multipart from '@fastify/multipart';
import { Controller, Inject, Post, Req, UploadedFile, UseInterceptors, type INestApplication } from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  RawBodyInterceptor,
  RequireApigSignature,
  SignerService,
  VerifiedSignature,
  type VerifiedRequest,
} from '../../../src/index.js';
import { digestOf, echoModule } from '../../support/echo.controller.js';
import { altered, forward, KEY, type RequestToForward } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import { platforms, start, type RunningApp } from '../../support/platforms.js';
import { unauthorized } from '../../support/refused-replies.js';

let filesRead = 0;

function fileReply(file: Buffer, { bodyVerified }: VerifiedRequest) {
  filesRead++;
  return { ...digestOf(file), bodyVerified };
}

@RequireApigSignature()
@Controller('upload')
class MulterController {
  @Post()
  @UseInterceptors(FileInterceptor('file'))
  upload(@UploadedFile() file: Express.Multer.File, @VerifiedSignature() caller: VerifiedRequest) {
    return fileReply(file.buffer, caller);
  }
}

@RequireApigSignature()
@Controller('upload')
class FastifyMultipartController {
  @Post()
  async upload(@Req() request: FastifyRequest, @VerifiedSignature() caller: VerifiedRequest) {
    const part = await request.file();
    return fileReply(await buffer(part!.file), caller);
  }
}

/** Without a guard: the interceptor waits for the body's hash, and multer reads the body afterwards. */
@Controller('asking')
class AskingMulterController {
  constructor(@Inject(SignerService) private readonly signer: SignerService) {}

  @Post()
  @UseInterceptors(RawBodyInterceptor, FileInterceptor('file'))
  async upload(@UploadedFile() file: Express.Multer.File, @Req() request: object) {
    const verdict = await this.signer.verify(request);
    return { ...digestOf(file.buffer), verdict: verdict.ok ? verdict.key : verdict.refusal.code };
  }
}

@Controller('asking')
class AskingFastifyController {
  constructor(@Inject(SignerService) private readonly signer: SignerService) {}

  @Post()
  @UseInterceptors(RawBodyInterceptor)
  async upload(@Req() request: FastifyRequest) {
    const part = await request.file();
    const file = digestOf(await buffer(part!.file));
    const verdict = await this.signer.verify(request);
    return { ...file, verdict: verdict.ok ? verdict.key : verdict.refusal.code };
  }
}

const CONTROLLERS = {
  express: [MulterController, AskingMulterController],
  fastify: [FastifyMultipartController, AskingFastifyController],
};

/** Fastify's own plugin; multer comes with the interceptor. */
async function prepare(app: INestApplication): Promise<void> {
  if (app.getHttpAdapter().getType() !== 'fastify') return;
  await (app as NestFastifyApplication).register(multipart, { limits: { fileSize: 2 ** 23 } });
}

const FILE = Buffer.alloc(5 * 2 ** 20, 'every byte of the file\r\n');
const BODY = Buffer.concat([
  Buffer.from('--edge\r\ncontent-disposition: form-data; name="note"\r\n\r\nsigned\r\n'),
  Buffer.from('--edge\r\ncontent-disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'),
  FILE,
  Buffer.from('\r\n--edge--\r\n'),
]);
const CHUNKS = Array.from({ length: Math.ceil(BODY.length / 2 ** 16) }, (_, at) =>
  BODY.subarray(at * 2 ** 16, (at + 1) * 2 ** 16),
);

function upload(body: RequestToForward['body'], headers: RequestToForward['headers'] = [], target = '/upload') {
  const type = ['Content-Type', 'multipart/form-data; boundary=edge'] as const;
  return forward({ method: 'POST', target, headers: [type, ...headers], body });
}

describe.each(platforms)('multipart on $name', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await start(platform, echoModule({}, CONTROLLERS[platform.name]), { prepare });
  });
  afterAll(() => running.app.close());

  it.each([
    ['under a Content-Length', BODY],
    ['chunked', CHUNKS],
  ])('accepts a file of 5 MB, %s, or refuses it before it is read', async (_, body) => {
    const request = upload(body);
    const { status, text } = await send(running.port, request);
    expect({ status, ...(JSON.parse(text) as object) }).toEqual({ status: 201, ...digestOf(FILE), bodyVerified: true });
    filesRead = 0;
    expect(await send(running.port, altered(request, BODY.length / 2))).toMatchObject(
      unauthorized('SIGNATURE_MISMATCH'),
    );
    expect(filesRead).toBe(0);
  });

  it('lets RawBodyInterceptor wait, and leaves the whole file for the next reader', async () => {
    const request = upload(BODY, [], '/asking');
    const { text } = await send(running.port, request);
    expect(JSON.parse(text)).toEqual({ ...digestOf(FILE), verdict: KEY });
    const changed = await send(running.port, altered(request, BODY.length / 2));
    expect(JSON.parse(changed.text)).toMatchObject({ bytes: FILE.length, verdict: 'SIGNATURE_MISMATCH' });
  });

  it('accepts a whole file of an unsigned payload', async () => {
    const { text } = await send(running.port, upload(CHUNKS, [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']]));
    expect(JSON.parse(text)).toEqual({ ...digestOf(FILE), bodyVerified: false });
  });
});
