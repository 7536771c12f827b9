import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accepted, digestOf, EchoController, echoModule, streamed } from '../../support/echo.controller.js';
import { altered, forward, withHeader, type RequestToForward } from '../../support/gateway.js';
import { begin, replyTo, send, sendBody, type RequestToSend } from '../../support/http-client.js';
import { platforms, start, type RunningApp } from '../../support/platforms.js';
import { unauthorized } from '../../support/refused-replies.js';
import { UploadController } from '../../support/upload.controller.js';

const BODY = Buffer.from('the body');

function declaring(hash: string, { target = '/echo', body = BODY }: RequestToForward = {}): RequestToSend {
  return forward({ method: 'POST', target, headers: [['X-Sdk-Content-Sha256', hash]], body });
}

describe.each(platforms)('a declared body hash on $name', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await start(platform, echoModule({}, [EchoController, UploadController]));
  });
  afterAll(() => running.app.close());

  const reply = (request: RequestToSend) => send(running.port, request);

  /** The reply to a request whose body the client keeps to itself. */
  function replyBeforeBody(request: RequestToSend) {
    const outgoing = begin(running.port, request);
    outgoing.flushHeaders();
    return replyTo(outgoing).finally(() => outgoing.destroy());
  }

  it('is compared with the body', async () => {
    const request = declaring(digestOf(BODY).sha256);
    const refusal = unauthorized('BODY_HASH_MISMATCH');
    expect(await reply(request)).toMatchObject(accepted(streamed(BODY)));
    expect(await reply(altered(request))).toMatchObject(refusal);
    expect(await reply({ ...request, body: undefined })).toMatchObject(refusal);
    expect(await reply(declaring(digestOf('').sha256))).toMatchObject(refusal);
  });

  it('is ignored if it is not signed', async () => {
    const request = forward({ method: 'POST', target: '/echo', body: BODY });
    for (const declared of [
      'UNSIGNED-PAYLOAD',
      digestOf('').sha256,
      digestOf(altered(request).body as Buffer).sha256,
    ]) {
      const changed = withHeader(request, 'X-Sdk-Content-Sha256', declared);
      expect(await reply(changed)).toMatchObject(accepted(streamed(BODY)));
      expect(await reply(altered(changed))).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
    }
  });

  it('is not trusted with a forged signature, which is refused before the body comes', async () => {
    const request = withHeader(declaring(digestOf(BODY).sha256), 'Host', 'other.example.com');
    expect(await replyBeforeBody(request)).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
  });

  it('is refused before the body comes if it is not a hash', async () => {
    expect(await replyBeforeBody(declaring('unsigned-payload'))).toMatchObject(unauthorized('BODY_HASH_MISMATCH'));
  });

  describe('UNSIGNED-PAYLOAD', () => {
    it('leaves the body unverified', async () => {
      const request = declaring('UNSIGNED-PAYLOAD');
      expect(await reply(request)).toMatchObject(accepted(streamed(BODY, false)));
      expect(await reply(altered(request))).toMatchObject(accepted(streamed(altered(request).body as Buffer, false)));
      expect(await reply({ ...request, body: undefined })).toMatchObject(accepted(streamed('', false)));
    });

    it.each([
      ['of a known length', BODY],
      ['chunked', [BODY, BODY]],
    ])('calls the handler before a body %s comes, and gives it the whole body', async (_, body) => {
      const request = declaring('UNSIGNED-PAYLOAD', { target: '/upload', body });
      const outgoing = begin(running.port, request);
      outgoing.flushHeaders();
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      response.setEncoding('utf8');
      // Code that waits for the body would wait for ever, because the body is sent after this answer.
      const received = (await once(response, 'data')) as string[];
      expect(received).toEqual(['body verified: false']);
      sendBody(outgoing, request);
      for await (const text of response) received.push(text as string);
      expect(received.slice(1).join('')).toBe(digestOf(Buffer.concat([body].flat())).sha256);
    });

    it('is refused before the body comes if the body must be signed', async () => {
      const request = declaring('UNSIGNED-PAYLOAD', { target: '/upload/signed' });
      expect(await replyBeforeBody(request)).toMatchObject(unauthorized('UNSIGNED_PAYLOAD'));
    });
  });
});
