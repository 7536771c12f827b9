import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accepted, echoModule, streamed } from '../support/echo.controller.js';
import { forward } from '../support/gateway.js';
import { repliesIn, sendBytes, toBytes, type HeaderLines } from '../support/http-client.js';
import { platforms, start, startForTest, type RunningApp } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

const AMBIGUOUS = unauthorized('TARGET_AMBIGUOUS');
const CLOSE = ['Connection', 'close'] as const;
const FORGED: HeaderLines = [['Content-Length', '6']];

const lines = (count: number): HeaderLines => Array.from({ length: count }, (_, at) => [`x${at}`, ''] as const);
const signed = forward({ method: 'POST', target: '/echo' });

/**
 * What more lines than `maxHeadersCount` get. Node 20 shows none of them and obeys them still, and the guard refuses.
 * From 22.23 on Node's parser answers 431, before any application.
 */
const PAST_LIMIT = (await parserCountsLines()) ? { status: 431 } : AMBIGUOUS;

async function parserCountsLines(): Promise<boolean> {
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bytes = toBytes({ method: 'GET', target: '/', headers: [['Host', 'x'], CLOSE, ...lines(1100)] });
  const [reply] = repliesIn(await sendBytes((server.address() as AddressInfo).port, bytes));
  server.close();
  return reply!.status === 431;
}

interface Parts {
  readonly before?: HeaderLines;
  readonly after?: HeaderLines;
  readonly body?: string;
}

/** The bytes of the signed request, its headers but Host between these lines, and whatever comes as a body. */
function bytesOf({ before = [], after = [], body = '' }: Parts): Buffer {
  const [host, ...others] = signed.headers;
  const headers = [host!, CLOSE, ...before, ...others, ...after];
  return Buffer.concat([toBytes({ ...signed, headers, body: undefined }), Buffer.from(body)]);
}

describe.each(platforms)('header lines past those that Node shows, on $name', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await start(platform, echoModule());
  });
  afterAll(() => running.app.close());

  const reply = async (bytes: Buffer, { port } = running) => repliesIn(await sendBytes(port, bytes))[0];

  it.each([1000, 1015, 1030, 1100])('cannot hide a body behind %i lines', async (count) => {
    expect(await reply(bytesOf({ after: [...lines(count), ...FORGED], body: 'FORGED' }))).toMatchObject(PAST_LIMIT);
  });

  it('cannot hide a chunked body', async () => {
    const chunked: HeaderLines = [['Transfer-Encoding', 'chunked']];
    const bytes = bytesOf({ after: [...lines(1100), ...chunked], body: '6\r\nFORGED\r\n0\r\n\r\n' });
    expect(await reply(bytes)).toMatchObject(PAST_LIMIT);
  });

  it.each([997, 1010, 1100])('cannot hide the signature from the capture behind %i lines', async (count) => {
    const before = [['Content-Length', '6'] as const, ...lines(count)];
    // The signature may itself be hidden, and then it is missing.
    const { status } = { status: 401, ...PAST_LIMIT };
    expect(await reply(bytesOf({ before, body: 'FORGED' }))).toMatchObject({ status });
  });

  it('are refused because of their number only, which may be near the limit', async () => {
    const own = signed.headers.length + 1;
    expect(await reply(bytesOf({ after: lines(999 - own) }))).toMatchObject(accepted(streamed('')));
    expect(await reply(bytesOf({ after: lines(1000 - own) }))).toMatchObject(AMBIGUOUS);
  });

  it("are counted with the server's own maxHeadersCount", async () => {
    const limited = await startForTest(platform, echoModule(), { prepare: setMost(40) });
    expect(await reply(bytesOf({ after: lines(20) }), limited)).toMatchObject(accepted(streamed('')));
    const hidden = bytesOf({ after: [...lines(60), ...FORGED], body: 'FORGED' });
    expect(await reply(hidden, limited)).toMatchObject(PAST_LIMIT);
    const unlimited = await startForTest(platform, echoModule(), { prepare: setMost(0) });
    expect(await reply(bytesOf({ after: lines(1100) }), unlimited)).toMatchObject(accepted(streamed('')));
    const shown = bytesOf({ after: [...lines(1100), ...FORGED], body: 'FORGED' });
    expect(await reply(shown, unlimited)).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
  });
});

function setMost(count: number) {
  return (app: RunningApp['app']) => {
    (app.getHttpServer() as Server).maxHeadersCount = count;
  };
}
