import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, constants, createServer as createHttp2Server, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SignerService, type SignatureException, type Verdict } from '../../../src/index.js';
import { accepted, echoModule, streamed } from '../../support/echo.controller.js';
import { altered, forward } from '../../support/gateway.js';
import { heldBy, untilHeld } from '../../support/held-bytes.js';
import { send, toBytes } from '../../support/http-client.js';
import { beginHttp2 } from '../../support/http2-client.js';
import { mountForTest, platforms, startForTest } from '../../support/platforms.js';
import { RawConnection } from '../../support/raw-connection.js';
import { refusalReply, unauthorized } from '../../support/refused-replies.js';
import { refused } from '../../support/refusals.js';

const BODY = Buffer.from('all that was signed');
const request = forward({ method: 'POST', target: '/echo', body: BODY });
const withLine = (line: readonly [string, string]) => ({ ...request, headers: [...request.headers, line] });
const head = toBytes({ ...withLine(['Content-Length', String(BODY.length)]), body: undefined });

describe.each(platforms)('$name', (platform) => {
  it("the guard stops waiting when the server's requestTimeout ends a sender", async () => {
    const refusals: SignatureException[] = [];
    const { app, port } = await mountForTest(
      platform,
      {
        ...echoModule(),
        providers: [
          { provide: APP_FILTER, useValue: { catch: (each: SignatureException) => void refusals.push(each) } },
        ],
      },
      (listener) => listener,
      (listener) => createServer({ requestTimeout: 200, connectionsCheckingInterval: 50 }, listener),
    );
    const connection = await RawConnection.to(port);
    await connection.write(Buffer.concat([head, BODY.subarray(0, 10)]));
    await expect.poll(() => heldBy(app)).toBeGreaterThan(0);
    await connection.untilClosed();
    expect(connection.received).toMatch(/^HTTP\/1.1 408 /);
    await expect.poll(() => refusals).toMatchObject([{ code: 'SIGNATURE_MISMATCH' }]);
    await untilHeld(app, 0);
  });

  it('a request with Expect: 100-continue is asked for its body, and judged', async () => {
    const { app, port } = await startForTest(platform, echoModule());
    for (const [body, reply] of [
      [BODY, accepted(streamed(BODY))],
      [altered(request).body as Buffer, unauthorized('SIGNATURE_MISMATCH')],
    ] as const) {
      const connection = await RawConnection.to(port);
      const expecting = { ...withLine(['Content-Length', String(BODY.length)]), body: undefined };
      await connection.write(toBytes({ ...expecting, headers: [...expecting.headers, ['Expect', '100-continue']] }));
      await expect.poll(() => connection.received).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\n/);
      await connection.write(body);
      await expect.poll(() => connection.repliesAfter('HTTP/1.1 100 Continue\r\n\r\n')).toMatchObject([reply]);
      connection.socket.destroy();
    }
    await untilHeld(app, 0);
  });

  it('the rest of a refused body is not read as the next request', async () => {
    const { port } = await startForTest(platform, echoModule({ bodyLimit: 100 }));
    const smuggled = toBytes(forward({ method: 'POST', target: '/echo', body: 'smuggled' }));
    const large = forward({ method: 'POST', target: '/echo', body: Buffer.concat([Buffer.alloc(200), smuggled]) });
    const connection = await RawConnection.to(port);
    await connection.write(Buffer.concat([toBytes(large), toBytes(request)]));
    expect(await connection.untilReplied(2)).toMatchObject([
      refusalReply(413, 'BODY_TOO_LARGE', 'Request body too large.'),
      accepted(streamed(BODY)),
    ]);
    expect(connection.replies).toHaveLength(2);
    connection.socket.destroy();
  });
});

describe.each(platforms)('a lenient parser on $name that accepts chunks together with a Content-Length', (platform) => {
  it.each([1, BODY.length, 1000, 2 ** 40])('uses the chunks, and not a Content-Length of %i', async (length) => {
    const { app, port } = await mountForTest(
      platform,
      echoModule(),
      (listener) => listener,
      (listener) => createServer({ insecureHTTPParser: true }, listener),
    );
    const framing = [['Content-Length', String(length)] as const, ['Transfer-Encoding', 'chunked'] as const];
    const bytes = toBytes({ ...request, headers: [...request.headers, ...framing], body: undefined });
    for (const [body, reply] of [
      [BODY, accepted(streamed(BODY))],
      [altered(request).body as Buffer, unauthorized('SIGNATURE_MISMATCH')],
    ] as const) {
      const connection = await RawConnection.to(port);
      await connection.write(Buffer.concat([bytes, Buffer.from('5\r\n'), body.subarray(0, 5), Buffer.from('\r\n')]));
      await connection.write(Buffer.concat([Buffer.from('e\r\n'), body.subarray(5), Buffer.from('\r\n0\r\n\r\n')]));
      expect(await connection.untilReplied()).toMatchObject([reply]);
      connection.socket.destroy();
    }
    await untilHeld(app, 0);
  });
});

/** An adapter of a kind that we know nothing of: only the HTTP server tells of its requests. */
class OtherAdapter extends ExpressAdapter {
  override getType(): string {
    return 'other';
  }
}

describe('an adapter that is neither Express nor Fastify', () => {
  it('is guarded by what its server shows', async () => {
    const adapter = new OtherAdapter();
    const { app, port } = await startForTest(platforms[0]!, echoModule(), { adapter });
    expect(await send(port, request)).toMatchObject(accepted(streamed(BODY)));
    expect(await send(port, altered(request))).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
    await untilHeld(app, 0);
  });
});

describe("HTTP/2 through Node's compatibility API", () => {
  async function serve() {
    const app = await NestFactory.createApplicationContext(echoModule(), { logger: false });
    const verdicts: Verdict[] = [];
    const server = createHttp2Server((incoming: Http2ServerRequest, response) => {
      const signer = app.get(SignerService, { strict: false });
      void signer.verify(incoming as unknown as IncomingMessage).then((verdict) => {
        verdicts.push(verdict);
        response.end(verdict.ok ? 'passed' : verdict.refusal.code);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).on('error', () => undefined);
    onTestFinished(async () => {
      session.destroy();
      (server as unknown as Server).close();
      await app.close();
    });
    return { app, session, verdicts };
  }

  it('a whole body passes, and a changed body is refused', async () => {
    const { app, session, verdicts } = await serve();
    for (const body of [BODY, altered(request).body as Buffer]) {
      const stream = beginHttp2(session, request);
      stream.end(body);
      stream.resume();
      await once(stream, 'close');
    }
    expect(verdicts).toMatchObject([{ ok: true, bodyVerified: true }, refused('SIGNATURE_MISMATCH')]);
    await untilHeld(app, 0);
  });

  it.each(['stream', 'session'] as const)('a %s that breaks off during a body ends the wait', async (what) => {
    const { app, session, verdicts } = await serve();
    const stream = beginHttp2(session, request).on('error', () => undefined);
    stream.write(BODY.subarray(0, 10));
    await expect.poll(() => heldBy(app)).toBeGreaterThan(0);
    // All of it, but its end: at once, or Node's client would end the stream in good order first.
    stream.write(BODY.subarray(10));
    if (what === 'stream') stream.close(constants.NGHTTP2_CANCEL);
    else session.destroy();
    await expect.poll(() => verdicts).toMatchObject([refused('SIGNATURE_MISMATCH')]);
    await untilHeld(app, 0);
  });
});
