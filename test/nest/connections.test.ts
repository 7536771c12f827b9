import { Agent, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accepted, echoModule, parsed, streamed } from '../support/echo.controller.js';
import { altered, forward, withHeader } from '../support/gateway.js';
import { repliesIn, send, sendBytes, toBytes, type HeaderLines } from '../support/http-client.js';
import { platforms, start, type RunningApp } from '../support/platforms.js';
import { refusalReply, unauthorized } from '../support/refused-replies.js';

const LIMIT = 2 ** 16;
const TOO_LARGE = refusalReply(413, 'BODY_TOO_LARGE', 'Request body too large.');
const JSON_TYPE: HeaderLines = [['Content-Type', 'application/json']];
const UNSIGNED: HeaderLines = [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']];
const LARGE = Buffer.alloc(2 ** 20, 'more than one read');

const post = (body: Buffer | Buffer[], headers: HeaderLines = []) =>
  forward({ method: 'POST', target: '/echo', headers, body });
const json = (value: unknown) => post(Buffer.from(JSON.stringify(value)), JSON_TYPE);

/** Requests that are told apart by their replies; of those refused the body is never asked for, or not all of it. */
const EXCHANGES = [
  [forward({ target: '/echo' }), accepted(streamed(''))],
  [json({ a: 1 }), accepted(parsed({ a: 1 }))],
  [withHeader(post(LARGE), 'Authorization'), unauthorized('AUTHORIZATION_MISSING')],
  [post(Buffer.from('one')), accepted(streamed('one'))],
  [altered(post(Buffer.from('changed'))), unauthorized('SIGNATURE_MISMATCH')],
  [post(LARGE), TOO_LARGE],
  [post([LARGE, LARGE]), TOO_LARGE],
  [json({ b: 2 }), accepted(parsed({ b: 2 }))],
  [withHeader(post(LARGE, UNSIGNED), 'Host', 'other'), unauthorized('SIGNATURE_MISMATCH')],
  [post(LARGE, UNSIGNED), accepted(streamed(LARGE, false))],
  [post(Buffer.alloc(LIMIT)), accepted(streamed(Buffer.alloc(LIMIT)))],
  [forward({ target: '/echo?last' }), accepted(streamed(''))],
] as const;

describe.each(platforms)('connections on $name', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await start(platform, echoModule({ bodyLimit: LIMIT }));
  });
  afterAll(() => running.app.close());

  it('answer each pipelined request on its own, in order', async () => {
    const requests = EXCHANGES.map(([request]) => toBytes(request));
    const bye = toBytes({
      ...forward({ target: '/echo' }),
      headers: [
        ['Host', 'x'],
        ['Connection', 'close'],
      ],
    });
    const replies = repliesIn(await sendBytes(running.port, Buffer.concat([...requests, bye])));
    expect(replies).toHaveLength(EXCHANGES.length + 1);
    for (const [at, [, expected]] of EXCHANGES.entries()) expect(replies[at]).toMatchObject(expected);
  });

  it('serve accepted and refused requests one after another', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let connections = 0;
    (running.app.getHttpServer() as Server).on('connection', () => connections++);
    for (const [request, expected] of [...EXCHANGES, ...EXCHANGES.toReversed()]) {
      expect(await send(running.port, request, agent)).toMatchObject(expected);
    }
    expect(connections).toBe(1);
    agent.destroy();
  });
});
