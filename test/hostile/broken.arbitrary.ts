/** Requests that nobody signed with a right secret: broken, huge, cut short. None of them may pass. */
import fc from 'fast-check';
import { toBytes } from '../support/http-client.js';
import { DATE, signed, type DraftChanges } from '../support/signed-request.js';
import { BODY_LIMIT, type HostileRequest } from './hostile-request.js';
import type { Exchange } from './raw-client.js';

const wrong = (changes: DraftChanges = {}) => signed({ ...changes, secret: 'wrong' });
const text = (changes: DraftChanges = {}) => toBytes(wrong(changes)).toString('latin1');
const AUTHORIZATION = wrong().headers.at(-1)![1];
const SIGNED = `Host: a\r\nX-Sdk-Date: ${DATE}\r\nAuthorization: ${AUTHORIZATION}\r\n`;

function raw({ method = 'GET', target = '/' }: DraftChanges, headers = SIGNED): string {
  return `${method} ${target} HTTP/1.1\r\n${headers}\r\n`;
}

function refused(kind: string, bytes: Buffer | string, afterwards: Exchange['afterwards']): HostileRequest {
  const exchange = { bytes: Buffer.from(bytes as string, 'latin1'), isHead: false, afterwards };
  return { kind, expected: 'refusal', exchange };
}

/** HTTP at its edges, and beyond. */
const TEMPLATES = [
  text(),
  text({ method: 'POST', headers: [['Content-Type', 'application/json']], body: Buffer.from('{"a":1}') }),
  `GET / HTTP/1.0\r\n${SIGNED}\r\n`,
  `GET / HTTP/0.9\r\n${SIGNED}\r\n`,
  `GET / HTTP/2.0\r\n${SIGNED}\r\n`,
  `GET http://a/b HTTP/1.1\r\n${SIGNED}\r\n`,
  `GET //a/b HTTP/1.1\r\n${SIGNED}\r\n`,
  `OPTIONS * HTTP/1.1\r\n${SIGNED}\r\n`,
  `CONNECT a:80 HTTP/1.1\r\n${SIGNED}\r\n`,
  `TRACE / HTTP/1.1\r\n${SIGNED}\r\n`,
  `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
  `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03`,
  `GET / HTTP/1.1\n${SIGNED.replaceAll('\r', '')}\n`,
  `GET / HTTP/1.1\r\n${SIGNED}Host: b\r\n\r\n`,
  `GET / HTTP/1.1\r\nX-Sdk-Date: ${DATE}\r\n\r\n`,
  `GET / HTTP/1.1\r\n${SIGNED} folded\r\n\r\n`,
  `GET / HTTP/1.1\r\n${SIGNED}Expect: 100-continue\r\nContent-Length: 1\r\n\r\na`,
  `GET / HTTP/1.1\r\n${SIGNED}Expect: more\r\n\r\n`,
  `GET / HTTP/1.1\r\n${SIGNED}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
  `GET / HTTP/1.1\r\n${SIGNED}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
  `POST / HTTP/1.1\r\n${SIGNED}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
  `POST / HTTP/1.1\r\n${SIGNED}Content-Length: -1\r\n\r\n`,
  `POST / HTTP/1.1\r\n${SIGNED}Content-Length: 99999999999999999999\r\n\r\na`,
  `POST / HTTP/1.1\r\n${SIGNED}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${SIGNED}Transfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${SIGNED}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${SIGNED}Transfer-Encoding: chunked\r\n\r\n1;a=b\r\na\r\n0\r\nTrailer: x\r\n\r\n`,
  `POST / HTTP/1.1\r\n${SIGNED}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${SIGNED}Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n`,
  `POST / HTTP/1.1\r\n${SIGNED}Transfer-Encoding: chunked\r\n\r\n2\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
  `${text()}${text()}`,
];

type Mutation = (text: string) => string;
const place = fc.nat(4000);
const inserted = fc.oneof(
  fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.constantFrom('\r\n', '\n', '\r', '\0', ' ', '\t', ':', ',', '%', '\r\n\r\n', 'Authorization: ', '\x80'),
);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, inserted, fc.nat(4)).map(([at, some, removed]): Mutation => (text) => {
    const from = at % (text.length + 1);
    return text.slice(0, from) + some + text.slice(from + removed);
  }),
  fc.tuple(place, fc.nat(60)).map(([at, length]): Mutation => (text) => {
    const from = at % (text.length + 1);
    return text.slice(0, from + length) + text.slice(from);
  }),
);

/** HTTP at its edges, with up to three mutations. */
export const broken = fc
  .tuple(fc.constantFrom(...TEMPLATES), fc.array(mutation, { maxLength: 3 }))
  .map(([template, mutations]) =>
    refused(
      'broken',
      mutations.reduce((text, mutate) => mutate(text), template),
      'end if waiting',
    ),
  );

/** No HTTP at all. */
export const noise = fc
  .uint8Array({ minLength: 1, maxLength: 200 })
  .map((bytes) => refused('noise', Buffer.from(bytes), 'end if waiting'));

const longBody = toBytes(wrong({ method: 'POST', headers: [['Content-Type', 'x/y']], body: Buffer.alloc(2000) }));

/** Cut short anywhere, by half a goodbye or none. */
export const cutShort = fc
  .tuple(fc.constantFrom(longBody, ...TEMPLATES), place, fc.constantFrom('end', 'destroy'))
  .map(([template, at, afterwards]) => refused('cut short', template.slice(0, 1 + at) as string, afterwards));

const filler = fc.constantFrom(' ', '\t', 'a', '%20', '&', '=', 'a&', '+', '/', '%', ';host', 'charset=', 'é', ',');
const size = fc.constantFrom(1000, 8000, 15_000, 17_000, 70_000);
const withAuthorization = (line: string) =>
  raw(
    {},
    SIGNED.replace(AUTHORIZATION, () => line),
  );
const HUGE: readonly ((much: string) => string)[] = [
  (much) => raw({ target: `/${much}` }),
  (much) => raw({ target: `/?${much}` }),
  (much) => raw({ method: `A${much}` }),
  (much) => raw({}, `${SIGNED}X-A: x${much}x\r\n`),
  (much) => raw({}, `${SIGNED}Content-Type: x/y;${much}x\r\n`),
  (much) => raw({}, `${SIGNED}X${much}: x\r\n`),
  (much) =>
    raw(
      {},
      SIGNED.replace(DATE, () => much),
    ),
  (much) => withAuthorization(AUTHORIZATION.replace('Access=', () => `Access=${much}`)),
  (much) => withAuthorization(AUTHORIZATION.replace('SignedHeaders=', () => `SignedHeaders=${much}`)),
  (much) => withAuthorization(AUTHORIZATION.replace(' ', () => much)),
  (much) => withAuthorization(AUTHORIZATION + much),
  (much) => raw({}, SIGNED + Array.from({ length: much.length / 8 }, (_, at) => `n${at}:\r\n`).join('')),
  (much) => raw({}, SIGNED + 'n:\r\n'.repeat(much.length / 5)),
];

/** As much as Node takes for headers, and more. */
export const hugeHead = fc
  .tuple(fc.constantFrom(...HUGE), filler, size)
  .map(([put, unit, size]) => refused('huge head', put(unit.repeat(size / unit.length)), 'end if waiting'));

const bodySize = fc.constantFrom(BODY_LIMIT - 1, BODY_LIMIT, BODY_LIMIT + 1, 4 * BODY_LIMIT);
const bodyType = fc.constantFrom('x/y', 'application/json', 'application/x-www-form-urlencoded', 'multipart/form-data');

/** Bodies at their limit, and beyond. */
export const hugeBody = fc.tuple(bodySize, bodyType, fc.boolean()).map(([size, type, isChunked]) => {
  const request = wrong({ method: 'POST', headers: [['Content-Type', type]], body: Buffer.alloc(size, '1') });
  if (!isChunked) return refused('huge body', toBytes(request), 'end if waiting');
  const head = toBytes({ ...request, body: [], headers: [...request.headers, ['Transfer-Encoding', 'chunked']] });
  const chunks = Buffer.from('1\r\na\r\n'.repeat(size / 32) + '0\r\n\r\n');
  return refused('huge body', Buffer.concat([head, chunks]), 'end if waiting');
});
