import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RefusalError } from '../../src/core/refusal.js';
import { BodyCapture } from '../../src/http/body-capture.js';
import { HeldBytes } from '../../src/http/held-bytes.js';
import { forward } from '../support/gateway.js';
import { toBytes, type HeaderLines } from '../support/http-client.js';
import { RawConnection } from '../support/raw-connection.js';
import { until } from '../support/until.js';

const limits = { bodyLimit: 1000, heldBytes: new HeldBytes(2000) };
const LENGTH: HeaderLines = [['Content-Length', '6']];
const CHUNKED: HeaderLines = [['Transfer-Encoding', 'chunked']];
const { headers: SIGNED } = forward({ method: 'POST', target: '/' });
const { headers: UNDECLARED } = forward({
  method: 'POST',
  target: '/',
  headers: [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']],
});

/** A request whose head has come, and the bytes that followed it, as far as `hasCome` waits for them. */
async function received(headers: HeaderLines, body: string, hasCome: (request: IncomingMessage) => boolean) {
  const server = createServer();
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const connection = await RawConnection.to((server.address() as AddressInfo).port);
  onTestFinished(() => void connection.socket.destroy());
  const requests = once(server, 'request') as Promise<[IncomingMessage]>;
  const head = toBytes({ method: 'POST', target: '/', headers });
  await connection.write(Buffer.concat([head, Buffer.from(body)]));
  const [request] = await requests;
  await until(() => hasCome(request));
  return request;
}

async function reasonOf(request: IncomingMessage): Promise<string | undefined> {
  try {
    await BodyCapture.on(request).hash(limits);
  } catch (error) {
    return error instanceof RefusalError ? error.refusal.reason : String(error);
  }
  return undefined;
}

describe('a body cannot be captured', () => {
  const ARRIVED = 'a part of the body arrived, or was read, before the capture began';
  const isWhole = ({ complete }: IncomingMessage) => complete;
  const isPart = ({ readableLength }: IncomingMessage) => readableLength > 0;
  const always = () => true;

  it.each<[what: string, ...Parameters<typeof received>, reason: string]>([
    ['a part of it waits', [...SIGNED, ...LENGTH], 'a p', isPart, ARRIVED],
    ['all of it waits', [...SIGNED, ...LENGTH], 'a body', isWhole, ARRIVED],
    [
      'it ended without a byte',
      [...SIGNED, ...CHUNKED],
      '0\r\n\r\n',
      isWhole,
      'the body ended before the capture began',
    ],
    ['the request is not signed', [['Host', 'x'], ...LENGTH], '', always, 'the body is not signed'],
    ['the signature does not cover it', [...UNDECLARED, ...LENGTH], '', always, 'the body is not signed'],
  ])('if %s', async (_what, headers, body, hasCome, reason) => {
    expect(await reasonOf(await received(headers, body, hasCome))).toBe(reason);
  });

  it('if all of it was read', async () => {
    const request = await received([...SIGNED, ...LENGTH], 'a body', () => true);
    await once(request.resume(), 'end');
    expect(await reasonOf(request)).toBe(ARRIVED);
  });

  it('if its request was destroyed', async () => {
    const request = await received([...SIGNED, ...LENGTH], '', () => true);
    expect(await reasonOf(request.destroy())).toBe(ARRIVED);
  });
});
