import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { All, Controller, Query, Req } from '@nestjs/common';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequireApigSignature } from '../../../src/index.js';
import { echoModule, restOf, type FrameworkRequest } from '../../support/echo.controller.js';
import { altered, forward } from '../../support/gateway.js';
import { untilHeld } from '../../support/held-bytes.js';
import { toBytes, type HeaderLines } from '../../support/http-client.js';
import { platforms, start, type RunningApp } from '../../support/platforms.js';
import { RawConnection } from '../../support/raw-connection.js';

const BODY_LIMIT = 2048;

/** What a handler was given: which request, and the hash of the bytes that it could read to the end. */
const handled: { readonly id: string; readonly sha256: string }[] = [];

@RequireApigSignature()
@Controller('numbered')
class NumberedController {
  @All()
  async call(@Query('id') id: string, @Req() request: FrameworkRequest) {
    handled.push({ id, sha256: (await restOf(request)).sha256 });
    return id;
  }
}

/** One client: what it sends, cut where, with what pauses, and whether it goes through with it. */
interface Client {
  readonly size: number;
  readonly framing: 'declared' | 'chunked';
  readonly hash: 'computed' | 'declared' | 'UNSIGNED-PAYLOAD';
  readonly forged: boolean;
  /** Sizes of the pieces in which body and framing go onto the wire; the last one takes the rest. */
  readonly pieces: readonly { readonly bytes: number; readonly turns: number }[];
  /** After which piece the client leaves, and how. */
  readonly leaves: { readonly after: number; readonly how: 'end' | 'destroy' | 'resetAndDestroy' } | undefined;
}

const client: fc.Arbitrary<Client> = fc.record({
  size: fc.oneof(fc.nat(40), fc.nat(3000), fc.constantFrom(BODY_LIMIT, BODY_LIMIT + 1)),
  framing: fc.constantFrom('declared', 'chunked'),
  hash: fc.constantFrom('computed', 'computed', 'declared', 'UNSIGNED-PAYLOAD'),
  forged: fc.boolean(),
  pieces: fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 1500 }), turns: fc.nat(4) }), { maxLength: 6 }),
  leaves: fc.option(fc.record({ after: fc.nat(4), how: fc.constantFrom('end', 'destroy', 'resetAndDestroy') }), {
    nil: undefined,
    freq: 2,
  }),
});

function bodyOf({ size }: Client): Buffer {
  return Buffer.from(Array.from({ length: size }, (_, at) => at % 251));
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** What a client that sends its whole request must be answered: docs/spec.md, and `bodyLimit`, in plain words. */
function expectedStatus({ size, hash, forged }: Client): number {
  if (hash === 'UNSIGNED-PAYLOAD') return 200;
  if (size > BODY_LIMIT) return 413;
  return forged && size > 0 ? 401 : 200;
}

/** The bytes of a request: the head as one piece, and the body with its framing. */
function wireOf(each: Client, id: string): { readonly head: Buffer; readonly rest: Buffer; readonly sent: Buffer } {
  const body = bodyOf(each);
  const declared = each.hash === 'declared' ? sha256(body) : each.hash;
  const headers: HeaderLines = each.hash === 'computed' ? [] : [['X-Sdk-Content-Sha256', declared]];
  const request = forward({ method: 'PUT', target: `/numbered?id=${id}`, headers, body });
  const sent = each.forged && each.size > 0 ? (altered(request, each.size >> 1).body as Buffer) : body;
  const framing =
    each.framing === 'chunked' ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(sent.length)];
  const head = toBytes({ ...request, headers: [...request.headers, framing as [string, string]], body: undefined });
  return { head, rest: each.framing === 'chunked' ? inChunks(sent) : sent, sent };
}

function inChunks(body: Buffer): Buffer {
  const chunks = [body.subarray(0, 700), body.subarray(700)].filter(({ length }) => length > 0);
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...framed, Buffer.from('0\r\n\r\n')]);
}

/** Plays a client. Answers the replies that it got: to its request, and to a plain one on the same connection. */
async function play(port: number, each: Client, id: string): Promise<number[] | 'left'> {
  const connection = await RawConnection.to(port);
  const { head, rest } = wireOf(each, id);
  await connection.write(head);
  let at = 0;
  for (const [index, { bytes, turns }] of [...each.pieces, { bytes: rest.length, turns: 0 }].entries()) {
    // A client that leaves does not send the last byte, so that its request is never complete.
    const end = Math.min(at + bytes, rest.length - (each.leaves ? 1 : 0));
    if (end > at) await connection.write(rest.subarray(at, end));
    at = Math.max(at, end);
    for (let turn = 0; turn < turns; turn++) await setImmediate();
    if (each.leaves && index >= Math.min(each.leaves.after, each.pieces.length)) {
      connection.socket[each.leaves.how]();
      await connection.untilClosed();
      return 'left';
    }
  }
  await connection.write(toBytes(forward({ target: `/numbered?id=${id}-next` })));
  const replies = await connection.untilReplied(2);
  connection.socket.destroy();
  return replies.map(({ status }) => status);
}

describe.each(platforms)('$name', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await start(platform, echoModule({ bodyLimit: BODY_LIMIT }, [NumberedController]));
  });
  afterAll(() => running.app.close());

  it('answers like the model when requests are cut, delayed and abandoned at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(client, { minLength: 1, maxLength: 6 }), async (clients) => {
        handled.length = 0;
        // A client that sends nothing after the head cannot leave during the body.
        const played = clients.map((each) =>
          wireOf(each, '').rest.length > 0 ? each : { ...each, leaves: undefined },
        );
        const results = await Promise.all(played.map((each, id) => play(running.port, each, String(id))));
        for (const [id, each] of played.entries()) {
          const calls = handled.filter((call) => call.id === String(id));
          if (each.leaves) {
            expect(results[id]).toBe('left');
            // Cut short: no handler sees it, or the end of it. Unsigned bodies stream, and the handler sees them break.
            expect(calls).toEqual([]);
          } else {
            expect(results[id]).toEqual([expectedStatus(each), 200]);
            const seen = { id: String(id), sha256: sha256(wireOf(each, '').sent) };
            expect(calls).toEqual(expectedStatus(each) === 200 ? [seen] : []);
          }
        }
        await untilHeld(running.app, 0);
      }),
      { numRuns: 60 },
    );
  });
});
