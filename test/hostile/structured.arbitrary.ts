/** Requests of right form, of which the naive verifier knows whether they may pass. */
import { createHash } from 'node:crypto';
import { METHODS } from 'node:http';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { toBytes } from '../support/http-client.js';
import type { NaiveRequest } from '../support/naive-signature.js';
import { naiveVerdict } from '../support/naive-verdict.js';
import { KEYS, odd } from '../support/requests.arbitrary.js';
import { draft, NOW, signed, toWire, withHeader, type DraftChanges } from '../support/signed-request.js';
import { target } from '../support/targets.arbitrary.js';
import { BODY_LIMIT, type HostileRequest } from './hostile-request.js';

const secrets = new Map(Object.entries(KEYS).map(([key, value]) => [key, [value].flat()]));

const UNSIGNED: [string, string] = ['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD'];
const declared = (body: Uint8Array): [string, string] => [
  'x-sdk-content-sha256',
  createHash('sha256').update(body).digest('hex'),
];
const type = (contentType: string): [string, string] => ['Content-Type', contentType];
const json = Buffer.from('{"a":[1,"é",null]}');
const form = Buffer.from('a=1&b[c]=2');
const multipart = Buffer.from(
  '--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nbytes\r\n--b--\r\n',
);
const gzipped = gzipSync(json);

/** What a gateway forwards, of every kind. */
const HONEST: readonly DraftChanges[] = [
  {},
  { method: 'HEAD' },
  { method: 'OPTIONS', target: '/a/b?c' },
  { method: 'DELETE', target: '/?a=1&a=2&%20' },
  { target: '/caf%C3%A9//./..?a-=1&a=2&a0=3&a%3D' },
  { target: `/?${'a&'.repeat(999)}` },
  { body: Buffer.from('a body of a GET') },
  { method: 'POST', headers: [type('application/json')], body: json },
  { method: 'PUT', headers: [type('application/x-www-form-urlencoded')], body: form },
  { method: 'PATCH', headers: [type('application/octet-stream')], body: Buffer.alloc(5000, '\0\xff') },
  { method: 'POST', headers: [type('x/y')], body: Buffer.alloc(BODY_LIMIT, 'more than one read') },
  { method: 'POST', headers: [type('multipart/form-data; boundary=b')], body: multipart },
  { method: 'POST', headers: [type('x/y'), declared(form)], body: form },
  { method: 'PUT', headers: [type('x/y'), UNSIGNED], body: Buffer.alloc(300_000) },
  {
    method: 'POST',
    headers: [
      ['X-A', '\xe9 \t b'],
      ['__proto__', ''],
      ['constructor', 'x'],
    ],
  },
  { secret: 'older secret', dialect: { order: 'encoded', plus: 'space' }, target: '/?0=1&:=2' },
];

/** Its bytes, with the body in chunks of this size, or with a Content-Length if no size is given. */
function framed(request: NaiveRequest, chunkSize?: number): Buffer {
  if (chunkSize === undefined) return toBytes(request);
  const { body = new Uint8Array(), headers, ...line } = request;
  const head = toBytes({ ...line, headers: [...headers, ['Transfer-Encoding', 'chunked']] });
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; at += chunkSize) {
    const chunk = body.subarray(at, at + chunkSize);
    chunks.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), Buffer.from(chunk), Buffer.from('\r\n'));
  }
  return Buffer.concat([head, ...chunks, Buffer.from('0\r\n\r\n')]);
}

function hostile(kind: string, request: NaiveRequest, expected: HostileRequest['expected'], chunk?: number) {
  const isHead = request.method === 'HEAD';
  return { kind, expected, exchange: { bytes: framed(request, chunk), isHead, afterwards: 'keep' } } as const;
}

/** Passes at most if the naive verifier says so; its HTTP may be refused before. */
function judged(kind: string, request: NaiveRequest): HostileRequest {
  // Node's parser skips blanks behind a target.
  const read = { ...request, target: request.target.replace(/ +$/, '') };
  const mayPass = naiveVerdict(read, { secrets, now: NOW }).startsWith('OK');
  return hostile(kind, request, mayPass ? 'pass or refusal' : 'refusal');
}

/** Signed and sent as it should be. */
export const honest = fc.constantFrom(
  ...HONEST.flatMap((changes) =>
    [undefined, ...(changes.body ? [1000, 65_536] : [])].map((chunk) =>
      hostile('honest', signed(changes), 'pass', chunk),
    ),
  ),
);

/** The same, but for what an HTTP parser refuses at once: most of it would be. */
function parseable({ method = 'GET', target = '/', headers = [], ...others }: DraftChanges): DraftChanges {
  return {
    ...others,
    method: METHODS.includes(method) ? method : 'PUT',
    target: target.replaceAll(/[\0- \x7f]/g, '%20'),
    headers: headers.map(([name, value]) => [name, value.replaceAll(/[\0-\x08\n-\x1f\x7f]/g, 'x')]),
  };
}

/** Signed, but what is signed may be anything, and how. */
export const oddly = odd.map((changes) => judged('odd', toWire(draft(parseable(changes)))));

/** Any target. */
export const targets = target.map((target) => judged('target', signed(parseable({ target }))));

const bytes = fc.uint8Array({ maxLength: 3 }).map((some) =>
  Buffer.from(some)
    .toString('latin1')
    .replace(/[\r\n]/g, ''),
);
const splice = fc.tuple(fc.nat(999), bytes, fc.nat(3)).map(([place, inserted, removed]) => (text: string) => {
  const at = place % (text.length + 1);
  return text.slice(0, at) + inserted + text.slice(at + removed);
});
const headerToChange = fc.constantFrom('Host', 'X-Sdk-Date', 'Authorization', 'Content-Type', 'Accept');

/** Honest once, but for a change in one place. */
export const changed = fc
  .tuple(fc.constantFrom(...HONEST), splice, fc.oneof(headerToChange, fc.constantFrom('target', 'body')))
  .map(([changes, change, part]) => {
    const request = signed(changes);
    if (part === 'target') return judged('changed', { ...request, target: change(request.target) });
    if (part === 'body') {
      const body = Buffer.from(change(Buffer.from(request.body!).toString('latin1')), 'latin1');
      return judged('changed', { ...request, body });
    }
    const value = request.headers.find(([name]) => name === part)?.[1] ?? '';
    return judged('changed', withHeader(request, part, change(value)));
  });

const encodings = fc.constantFrom('gzip', 'br', 'deflate', 'identity', 'GZIP', 'gzip, gzip', 'zstd', 'x', '', 'é');
const contentTypes = fc.constantFrom(
  ...['application/json', 'application/json;charset=utf-16', 'application/x-www-form-urlencoded', 'text/plain', ''],
  ...[
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'application/json; charset=x',
    ';',
    'application/json;;',
  ],
);
const bodies = fc.oneof(
  fc.constantFrom(
    json,
    gzipped,
    gzipped.subarray(0, 9),
    form,
    multipart,
    Buffer.from('{"__proto__":{"a":1}}'),
    Buffer.from('['),
  ),
  fc.uint8Array({ maxLength: 100 }),
);

/** Signed bodies that parsers refuse before a guard runs. */
export const parsers = fc
  .tuple(contentTypes, encodings, bodies, fc.boolean())
  .map(([contentType, encoding, body, isSigned]) => {
    const headers = [type(contentType), ['Content-Encoding', encoding] as [string, string]];
    return judged('parsers', signed({ method: 'POST', headers, body, ...(isSigned ? {} : { secret: 'wrong' }) }));
  });
