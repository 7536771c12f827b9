import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startBackend, startDeskGateway } from '../../support/desk-gateway.js';
import { send } from '../../support/http-client.js';
import { RawConnection } from '../../support/raw-connection.js';

const HOST = 'Host: localhost\r\n';
const SMUGGLED = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;

/** A gateway before a backend that notes each request that it reads, with its body. */
async function start() {
  const seen: string[] = [];
  const { port } = await startBackend((request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (text: string) => (body += text));
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${body}`);
      response.end('ok');
    });
  });
  return { ...(await startDeskGateway(port)), seen };
}

/** Sends bytes, ends, and gives what came back. */
async function exchange(port: number, bytes: string): Promise<string> {
  const connection = await RawConnection.to(port);
  await connection.write(Buffer.from(bytes, 'latin1'));
  connection.socket.end();
  await connection.untilClosed();
  return connection.received;
}

const post = (headers: string, body = '') => `POST /a HTTP/1.1\r\n${HOST}${headers}\r\n${body}`;

describe('a request that can be read in two ways', () => {
  it.each([
    [
      'both Content-Length and Transfer-Encoding',
      post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`),
    ],
    [
      'both of them, the other way around',
      post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', `0\r\n\r\n${SMUGGLED}`),
    ],
    ['two lengths', post('Content-Length: 0\r\nContent-Length: 44\r\n', SMUGGLED)],
    ['the same length twice', post('Content-Length: 3\r\nContent-Length: 3\r\n', `abc${SMUGGLED}`)],
    ['a list of lengths', post('Content-Length: 3, 3\r\n', `abc${SMUGGLED}`)],
    ['a length with a sign', post('Content-Length: +3\r\n', `abc${SMUGGLED}`)],
    ['a negative length', post('Content-Length: -1\r\n', SMUGGLED)],
    ['a folded header', post(`X-A: a\r\n Content-Length: 44\r\n`, SMUGGLED)],
    ['a folded Transfer-Encoding', post('Transfer-Encoding:\r\n chunked\r\n', `0\r\n\r\n${SMUGGLED}`)],
    ['lines that end with LF alone', `POST /a HTTP/1.1\n${HOST}Content-Length: 3\n\nabc${SMUGGLED}`],
    ['one line that ends with LF alone', post('X-A: a\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${SMUGGLED}`)],
    ['a CR within a line', post('X-A: a\rContent-Length: 44\r\n', SMUGGLED)],
    ['a blank before a colon', post('Transfer-Encoding : chunked\r\n', `0\r\n\r\n${SMUGGLED}`)],
    ['two transfer encodings', post('Transfer-Encoding: gzip, chunked\r\n', `0\r\n\r\n`)],
    ['chunked twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n`)],
    ['an encoding that is not the last', post('Transfer-Encoding: chunked, identity\r\n', `0\r\n\r\n${SMUGGLED}`)],
    ['an encoding with a control character', post('Transfer-Encoding: \x0bchunked\r\n', `0\r\n\r\n${SMUGGLED}`)],
    ['chunked in HTTP/1.0', `POST /a HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
    ['a chunk whose size is not a number', post('Transfer-Encoding: chunked\r\n', `0x3\r\nabc\r\n0\r\n\r\n`)],
    ['a chunk with LF alone', post('Transfer-Encoding: chunked\r\n', `3\nabc\n0\n\n`)],
    ['a chunk that is longer than its size', post('Transfer-Encoding: chunked\r\n', `1\r\nabc\r\n0\r\n\r\n`)],
    [
      'a length in its trailers',
      post('Transfer-Encoding: chunked\r\n', `1\r\na\r\n0\r\nContent-Length: 44\r\n\r\n${SMUGGLED}`),
    ],
    ['a NUL in a header', post('X-A: a\0b\r\n')],
    ['a target with a byte beyond ASCII', `GET /\xe9 HTTP/1.1\r\n${HOST}\r\n`],
  ])('is refused: %s', async (_, bytes) => {
    const { port, seen } = await start();
    expect(await exchange(port, bytes)).toMatch(/^HTTP\/1\.1 400 /);
    expect(seen).toEqual([]);
  });

  it.each([
    ['two requests at once', `GET /a HTTP/1.1\r\n${HOST}\r\nGET /b HTTP/1.1\r\n${HOST}\r\n`, ['GET /a ', 'GET /b ']],
    [
      'a body that looks like a request',
      post(`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED),
      [`POST /a ${SMUGGLED}`],
    ],
    [
      'a chunk that looks like a request, with an extension and trailers',
      post(
        'Transfer-Encoding: chunked\r\n',
        `${SMUGGLED.length.toString(16)};a=b\r\n${SMUGGLED}\r\n0\r\nX-A: b\r\n\r\n`,
      ),
      [`POST /a ${SMUGGLED}`],
    ],
    ['a body with GET', `GET /a HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc`, ['GET /a abc']],
    [
      'a length that Connection names',
      post('Connection: Content-Length\r\nContent-Length: 3\r\n', 'abc'),
      ['POST /a abc'],
    ],
    ['an empty length', post('Content-Length: 0\r\n'), ['POST /a ']],
  ])('is forwarded unchanged: %s', async (_, bytes, expected) => {
    const { port, seen } = await start();
    const connection = await RawConnection.to(port);
    await connection.write(Buffer.from(bytes, 'latin1'));
    expect(await connection.untilReplied(expected.length)).toHaveLength(expected.length);
    expect(seen).toEqual(expected);
    connection.socket.destroy();
  });
});

describe('the gateway, with hostile bytes', () => {
  it('does not end, and does not forward more requests than were sent', async () => {
    const { port, seen } = await start();
    const piece = fc.constantFrom(
      ...[
        'GET ',
        'POST ',
        'CONNECT ',
        '/a',
        '/%',
        '*',
        'http://a',
        ' HTTP/1.1',
        '\r\n',
        '\n',
        '\r',
        ' ',
        '\t',
        ':',
        '\0',
        '\xff',
      ],
      ...[
        HOST,
        'Content-Length: 3\r\n',
        'Transfer-Encoding: chunked\r\n',
        'Connection: Upgrade\r\n',
        'Upgrade: websocket\r\n',
      ],
      ...[
        'Upgrade: h2c\r\n',
        'Expect: 100-continue\r\n',
        'Origin: null\r\n',
        '\r\n\r\n',
        'abc',
        '3\r\nabc\r\n',
        '0\r\n\r\n',
        'X: y\r\n',
      ],
    );
    const start_ = fc.constantFrom(
      '',
      `GET / HTTP/1.1\r\n${HOST}`,
      `POST / HTTP/1.1\r\n${HOST}`,
      `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\n`,
    );
    const bytes = fc.tuple(start_, fc.array(piece, { maxLength: 12 })).map(([first, rest]) => first + rest.join(''));
    await fc.assert(
      fc.asyncProperty(bytes, async (text) => {
        seen.length = 0;
        const answers = (await exchange(port, text)).split(/HTTP\/1\.1 (?=[2-5]\d\d)/).length - 1;
        expect(seen.length).toBeLessThanOrEqual((text.match(/(GET|POST|CONNECT) /g) ?? []).length);
        expect(answers).toBeLessThanOrEqual((text.match(/(GET|POST|CONNECT) /g) ?? []).length + 1);
      }),
      { numRuns: 1000 },
    );
    expect(await send(port, { method: 'GET', target: '/alive', headers: [['Host', 'localhost']] })).toMatchObject({
      status: 200,
    });
  });
});
