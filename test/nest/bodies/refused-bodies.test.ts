import { IncomingMessage } from 'node:http';
import {
  Catch,
  Controller,
  Inject,
  Post,
  Req,
  UseFilters,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { BodyCapture } from '../../../src/http/body-capture.js';
import { RequireApigSignature, SignatureException, SignerService } from '../../../src/index.js';
import { EchoController, echoModule } from '../../support/echo.controller.js';
import { forward, KEY, reauthorize } from '../../support/gateway.js';
import { send, toBytes, type RequestToSend } from '../../support/http-client.js';
import { mountForTest, platforms, startForTest } from '../../support/platforms.js';
import { RawConnection } from '../../support/raw-connection.js';

const BODY = Buffer.alloc(200_000, 'a body');

/** Routes without a guard: one asks for the verdict itself and reads no body, one answers while it reads. */
@Controller('ask')
class AskingController {
  constructor(@Inject(SignerService) private readonly signer: SignerService) {}

  @Post()
  async ask(@Req() request: object) {
    const verdict = await this.signer.verify(request);
    return verdict.ok ? 'passed' : verdict.refusal.code;
  }

  @Post('at-once')
  answerAtOnce(@Req() request: IncomingMessage & { readonly raw?: IncomingMessage }) {
    (request.raw ?? request).resume();
    return 'passed';
  }
}

/** Answers a refusal with what SignerService says of the request then. */
@Catch(SignatureException)
class AskingFilter implements ExceptionFilter {
  constructor(
    @Inject(SignerService) private readonly signer: SignerService,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {}

  async catch(_: SignatureException, host: ArgumentsHost) {
    const http = host.switchToHttp();
    const verdict = await this.signer.verify(http.getRequest<object>());
    this.adapterHost.httpAdapter.reply(http.getResponse(), verdict.ok ? 'passed' : verdict.refusal.reason, 200);
  }
}

@RequireApigSignature({ allowedKeys: ['nobody'] })
@UseFilters(AskingFilter)
@Controller('ask-afterwards')
class AskingAfterwardsController {
  @Post()
  isNotCalled() {
    return 'called';
  }
}

const post = (target: string) => forward({ method: 'POST', target, body: BODY });
const byStranger = (target: string) => reauthorize(post(target), (line) => line.replace(KEY, 'nobody'));

describe.each(platforms)('the body of an answered request on $name', (platform) => {
  it.each<[what: string, status: number, request: RequestToSend, bodyLimit: number]>([
    ['refused by a guard', 401, byStranger('/echo'), 2 ** 20],
    ['refused by a guard for its size', 413, post('/echo'), 1000],
    ['refused by SignerService', 201, byStranger('/ask'), 2 ** 20],
    ['answered by a handler that still reads', 201, post('/ask/at-once'), 2 ** 20],
  ])('is not hashed any more when it is %s', async (_what, status, request, bodyLimit) => {
    const seen: IncomingMessage[] = [];
    const { port } = await mountForTest(
      platform,
      echoModule({ bodyLimit }, [EchoController, AskingController]),
      (listener) => (incoming, response) => {
        seen.push(incoming);
        listener(incoming, response);
      },
    );
    const connection = await RawConnection.to(port);
    const framing = ['Content-Length', String(BODY.length)] as const;
    await connection.write(toBytes({ ...request, headers: [...request.headers, framing], body: undefined }));
    expect(await connection.untilReplied()).toMatchObject([{ status }]);
    await connection.write(BODY);
    await expect.poll(() => seen[0]!.complete).toBe(true);
    expect(BodyCapture.on(seen[0]!).bytes).toBe(0);
    // eslint-disable-next-line @typescript-eslint/unbound-method -- compared, not called
    expect(seen[0]!.push).toBe(IncomingMessage.prototype.push);
    connection.socket.destroy();
  });

  it('passes through a push() that another library wrapped', async () => {
    let bytes = 0;
    const { port } = await startForTest(platform, echoModule(), {
      prepare: (app) =>
        app.use((request: IncomingMessage, _response: unknown, next: () => void) => {
          const push = request.push.bind(request);
          request.push = (chunk: Buffer | null) => {
            bytes += chunk?.length ?? 0;
            return push(chunk);
          };
          next();
        }),
    });
    const connection = await RawConnection.to(port);
    const { headers, ...request } = byStranger('/echo');
    const framed = [...headers, ['Content-Length', String(BODY.length)] as const];
    await connection.write(toBytes({ ...request, headers: framed, body: undefined }));
    expect(await connection.untilReplied()).toMatchObject([{ status: 401 }]);
    await connection.write(BODY);
    await expect.poll(() => bytes).toBe(BODY.length);
    connection.socket.destroy();
  });

  it.each([
    ['application/json', 'passed'],
    ['application/xml', 'the request was answered before the whole body had arrived'],
  ])('is judged after a refusal only if it had arrived completely: %s', async (type, text) => {
    const { port } = await startForTest(platform, echoModule({}, [AskingAfterwardsController]));
    const headers = [['Content-Type', type]] as const;
    const request = forward({ method: 'POST', target: '/ask-afterwards', headers, body: Buffer.from('{"a":1}') });
    expect(await send(port, request)).toMatchObject({ status: 200, text });
  });
});
