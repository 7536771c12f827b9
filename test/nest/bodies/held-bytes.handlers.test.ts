import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BEHAVIOURS,
  BehavingController,
  LARGE,
  MULTIPART,
  prepareForms,
  requestTo,
} from '../../support/behaving.controller.js';
import { echoModule } from '../../support/echo.controller.js';
import { heldBy, untilHeld } from '../../support/held-bytes.js';
import { toBytes } from '../../support/http-client.js';
import { platforms, startForTest } from '../../support/platforms.js';
import { RawConnection } from '../../support/raw-connection.js';

/** How the client goes on when it has sent its body. */
const ENDINGS = ['keeps the connection', 'ends', 'destroys', 'resets', 'leaves at once'] as const;
type Ending = (typeof ENDINGS)[number];

const uploads = fc.record({
  behaviour: fc.constantFrom(...BEHAVIOURS),
  bytes: fc.constantFrom(1, 20_000, LARGE),
  isChunked: fc.boolean(),
  ending: fc.constantFrom(...ENDINGS),
});

function uploadOf({ behaviour, bytes, isChunked }: { behaviour: string; bytes: number; isChunked: boolean }): Buffer {
  const request = requestTo(behaviour, bytes);
  const body = request.body as Buffer;
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
    startForTest(platform, echoModule({}, [BehavingController, MULTIPART[platform.name]]), { prepare: prepareForms });

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

  it.each([...BEHAVIOURS])('are given back where the handler %s', async (behaviour) => {
    const { app, port } = await startServer();
    for (const ending of ENDINGS) {
      const connection = await upload(port, { behaviour, bytes: LARGE, isChunked: false }, ending);
      // One that is never answered holds its bytes until its client leaves.
      if (behaviour === 'never answers') connection.socket.destroy();
      await untilHeld(app, 0);
      connection.socket.destroy();
    }
  });

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
