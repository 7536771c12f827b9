import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, createServer as createHttp2Server, type OutgoingHttpHeaders } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  announcesBody,
  headerLinesOf,
  isSigned,
  readHeaders,
  requestAmbiguity,
  serverOf,
} from '../../src/http/node-request.js';
import { RawConnection } from '../support/raw-connection.js';

async function listen(server: Server): Promise<number> {
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** What Node's server makes of the text of an HTTP/1 request. */
async function overHttp1(text: string): Promise<IncomingMessage> {
  const server = createServer((_request, response) => response.end());
  const received = once(server, 'request') as Promise<[IncomingMessage]>;
  const connection = await RawConnection.to(await listen(server));
  onTestFinished(() => void connection.socket.destroy());
  await connection.write(Buffer.from(text));
  return (await received)[0];
}

/** What Node's server makes of an HTTP/2 request that is complete with its headers, or whose body comes later. */
async function overHttp2(headers: OutgoingHttpHeaders, endStream = true): Promise<IncomingMessage> {
  const server = createHttp2Server({ settings: { maxHeaderListSize: 2 ** 20 }, maxHeaderListPairs: 5000 });
  const received = once(server, 'request') as Promise<[unknown]>;
  const session = connect(`http://127.0.0.1:${await listen(server)}`);
  onTestFinished(() => session.destroy());
  session.request(headers, { endStream });
  return (await received)[0] as IncomingMessage;
}

/** A request as adapters of serverless platforms make it: with `headers` alone, and without a socket. */
function fromEvent(headers: Record<string, unknown>): IncomingMessage {
  return { headers, rawHeaders: [], socket: null } as unknown as IncomingMessage;
}

describe('header lines', () => {
  it('of HTTP/2 are read without its pseudo-headers, with :authority as host', async () => {
    const request = await overHttp2({ ':path': '/', ':authority': 'a.example', 'x-a': 'ends with:' });
    expect(readHeaders(request)).toEqual([
      ['x-a', 'ends with:'],
      ['host', 'a.example'],
    ]);
  });

  it('of a request without a host have none', async () => {
    const request = await overHttp1('GET / HTTP/1.0\r\nX-A: 1\r\n\r\n');
    expect(headerLinesOf(request)).toEqual(['X-A', '1']);
  });

  it('exclude those that an adapter leaves undefined, and include each element of a list', () => {
    expect(headerLinesOf(fromEvent({ 'x-a': undefined, 'x-b': ['1', '2'], 'x-c': 3 }))).toEqual([
      'x-b',
      '1',
      'x-b',
      '2',
      'x-c',
      '3',
    ]);
  });
});

describe('a request', () => {
  it('without Authorization is not signed', async () => {
    expect(isSigned(await overHttp1('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))).toBe(false);
  });

  it('that came to no server has no settings of a server', () => {
    expect(serverOf(fromEvent({}))).toEqual({});
  });

  it.each([
    [true, false],
    [false, undefined],
  ])('over HTTP/2 whose headers end it (%s) announces a body: %s', async (endStream, announced) => {
    expect(announcesBody(await overHttp2({ ':method': 'POST', ':path': '/' }, endStream))).toBe(announced);
  });
});

describe('a request can be read in one way', () => {
  it.each(['/é', 'é/', '/a b', '/\u007F'])('except with odd bytes in its target: %j', async (target) => {
    const request = await overHttp1('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(requestAmbiguity(request, target)).toBe('odd bytes in the target');
    expect(requestAmbiguity(request, '/~')).toBeUndefined();
  });

  it('also over HTTP/2 with more headers than Node shows over HTTP/1', async () => {
    const many = Object.fromEntries(Array.from({ length: 1200 }, (_, at) => [`x-${at}`, '1']));
    expect(requestAmbiguity(await overHttp2({ ':path': '/', ...many }), '/')).toBeUndefined();
  });
});
