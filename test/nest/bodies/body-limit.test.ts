import { describe, expect, it } from 'vitest';
import { accepted, echoModule, parsed, streamed } from '../../support/echo.controller.js';
import { altered, forward } from '../../support/gateway.js';
import { begin, replyTo, send, type HeaderLines } from '../../support/http-client.js';
import { platforms, startForTest } from '../../support/platforms.js';
import { refusalReply, unauthorized } from '../../support/refused-replies.js';

const TOO_LARGE = refusalReply(413, 'BODY_TOO_LARGE', 'Request body too large.');

const post = (body: Buffer | Buffer[], headers: HeaderLines = []) =>
  forward({ method: 'POST', target: '/echo', headers, body });

describe.each(platforms)('$name, bodyLimit', (platform) => {
  // Below, at, and above what Node reads at a time.
  describe.each([0, 1, 1000, 65_536, 300_000])('of %i bytes', (bodyLimit) => {
    const exact = Buffer.alloc(bodyLimit, 'x');
    const oneMore = Buffer.alloc(bodyLimit + 1, 'x');

    it.each<[string, (body: Buffer) => Buffer | Buffer[]]>([
      ['declared', (body) => body],
      ['in one chunk', (body) => [body].filter(({ length }) => length)],
      ['in chunks', (body) => [body.subarray(0, -1), body.subarray(-1)].filter(({ length }) => length)],
    ])('%s: accepts a body of this size, and refuses one more byte', async (_, frame) => {
      const { port } = await startForTest(platform, echoModule({ bodyLimit }));
      expect(await send(port, post(frame(exact)))).toMatchObject(accepted(streamed(exact)));
      expect(await send(port, post(frame(oneMore)))).toMatchObject(TOO_LARGE);
      // The answer does not depend on the signature.
      expect(await send(port, altered(post(frame(oneMore))))).toMatchObject(TOO_LARGE);
      if (bodyLimit > 0)
        expect(await send(port, altered(post(frame(exact))))).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
    });
  });

  it('refuses a body whose declared length is too large before it comes', async () => {
    const { port } = await startForTest(platform, echoModule({ bodyLimit: 10 }));
    const outgoing = begin(port, post(Buffer.alloc(11)));
    outgoing.flushHeaders();
    expect(await replyTo(outgoing)).toMatchObject(TOO_LARGE);
    outgoing.destroy();
  });

  it('does not apply to parsed and unsigned bodies', async () => {
    const { port } = await startForTest(platform, echoModule({ bodyLimit: 1 }));
    const body = Buffer.from('{"a":1}');
    const json = post(body, [['Content-Type', 'application/json']]);
    expect(await send(port, json)).toMatchObject(accepted(parsed({ a: 1 })));
    const unsigned = post(body, [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']]);
    expect(await send(port, unsigned)).toMatchObject(accepted(streamed(body, false)));
  });
});
