import type { Agent } from 'node:http';
import type { RefusalCode } from '../../../src/core/index.js';
import { altered, forward, reauthorize, withHeader, type RequestToForward } from '../../support/gateway.js';
import { begin, send, type HeaderLines, type Reply, type RequestToSend } from '../../support/http-client.js';
import { BROKEN_KEY, SWALLOW } from './app.js';

/** What all bodies together may hold; but for the one that is to be too much, they hold far less. */
export const HELD_BYTES = 2 ** 20;
/** Requests under way at one time. */
export const CONCURRENCY = 32;

/** A request that is different each time, and what is answered: a text, a refusal, or nothing since it is aborted. */
type Kind = readonly [name: string, request: (id: number) => RequestToSend, answer: string | undefined];

const HOUR = 3600_000;
const BODY = Buffer.alloc(3000, 'body');
const CHUNKS = [BODY, BODY, BODY];
const JSON_TYPE: HeaderLines = [['Content-Type', 'application/json']];

const post = (path: string, id: number, others: RequestToForward = {}): RequestToSend =>
  forward({ method: 'POST', target: `/${path}/${id}`, body: BODY, ...others });
const strict = (id: number, body: RequestToForward['body'], headers: HeaderLines = []): RequestToSend =>
  post('strict', id, { body, headers: [['X-Required', '1'], ...headers] });
const addHeader = (request: RequestToSend, name: string, value: string): RequestToSend => ({
  ...request,
  headers: [...request.headers, [name, value]],
});
const get = (id: number, headers: HeaderLines = []): RequestToSend => forward({ target: `/item/${id}`, headers });
const refusedAs = (code: RefusalCode): string => `"code":"${code}"`;

const ACCEPTED: readonly Kind[] = [
  ['GET', (id) => get(id), 'read'],
  ['GET with a query', (id) => forward({ target: `/item/${id}?b=2&a=1` }), 'read'],
  ['JSON', (id) => post('unread', id, { headers: JSON_TYPE, body: JSON.stringify({ id }) }), 'unread'],
  ['a body', (id) => post('counted', id), '3000'],
  ['a chunked body', (id) => post('counted', id, { body: CHUNKS }), '9000'],
  ['a body that the handler leaves', (id) => post('unread', id), 'unread'],
];

const ABORTED: Kind = ['an aborted body', (id) => post('counted', id), undefined];

const REFUSED: readonly Kind[] = (
  [
    ['AUTHORIZATION_MISSING', (id) => withHeader(get(id), 'Authorization')],
    ['AUTHORIZATION_MALFORMED', (id) => reauthorize(post('counted', id), () => `Bearer ${id}`)],
    ['KEY_UNKNOWN', (id) => forward({ target: `/item/${id}` }, { key: `unknown-${id}` })],
    ['SIGNED_HEADER_MISSING', (id) => withHeader(get(id, [[`X-Gone-${id}`, '1']]), `X-Gone-${id}`)],
    ['SIGNED_HEADER_REPEATED', (id) => addHeader(get(id), 'Host', `other-${id}.example`)],
    ['HEADER_NOT_SIGNED', (id) => post('strict', id)],
    ['DATE_MISSING', (id) => forward({ target: `/item/${id}` }, { signedHeaders: ['host'] })],
    ['DATE_MALFORMED', (id) => get(id, [['X-Sdk-Date', `date ${id}`]])],
    ['SIGNATURE_EXPIRED', (id) => forward({ target: `/item/${id}` }, { date: Date.now() - HOUR })],
    ['TARGET_AMBIGUOUS', (id) => forward({ target: `/item/${id}?=value` })],
    ['SIGNATURE_MISMATCH', (id) => altered(post('counted', id, { body: CHUNKS }), id % BODY.length)],
    ['BODY_HASH_MISMATCH', (id) => strict(id, BODY, [['X-Sdk-Content-Sha256', '0'.repeat(64)]])],
    ['UNSIGNED_PAYLOAD', (id) => strict(id, BODY, [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']])],
    ['BODY_TOO_LARGE', (id) => strict(id, Array<Buffer>(40).fill(BODY))],
    ['KEYS_UNAVAILABLE', (id) => forward({ target: `/item/${id}` }, { key: BROKEN_KEY })],
    ['BODY_NOT_CAPTURED', (id) => post('counted', id, { headers: [[SWALLOW, '1']] })],
  ] as const satisfies readonly (readonly [RefusalCode, Kind[1]])[]
).map(([code, request]) => [code, request, refusedAs(code)] as const);

/** Half of them accepted; each refusal in its turn. */
const MIX: readonly Kind[] = REFUSED.flatMap((kind, index) => [
  kind,
  ACCEPTED[index % ACCEPTED.length]!,
  ...(index % 4 === 0 ? [ABORTED] : []),
]);

/** Alone, since others that wait would be sent away too. */
const TOO_MUCH: Kind = [
  'HELD_BYTES_EXCEEDED',
  (id) => post('counted', id, { body: Buffer.alloc(HELD_BYTES + 1) }),
  refusedAs('HELD_BYTES_EXCEEDED'),
];

/** Answers that were not as they should be, by what they answered. */
export type Surprises = Map<string, number>;

/** Sends so many requests, several at a time; after each thousand one alone that holds too much. */
export async function sendMixed(port: number, count: number, agent: Agent, surprises: Surprises): Promise<void> {
  for (let from = 0; from < count; from += 1000) {
    const last = Math.min(from + 1000, count) - 1;
    let next = from;
    const worker = async () => {
      while (next < last) {
        const id = next++;
        await sendOne(port, MIX[id % MIX.length]!, id, agent, surprises);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    await sendOne(port, TOO_MUCH, last, agent, surprises);
  }
}

async function sendOne(port: number, kind: Kind, id: number, agent: Agent, surprises: Surprises): Promise<void> {
  const [name, requestOf, answer] = kind;
  const request = requestOf(id);
  if (answer === undefined) return abort(port, request);
  const got = await send(port, request, agent).then(textOf, String);
  if (got.includes(answer)) return;
  const surprise = `${name}: ${got}`;
  surprises.set(surprise, (surprises.get(surprise) ?? 0) + 1);
}

function textOf({ text }: Reply): string {
  return text;
}

/** Sends half of a body, and leaves. */
function abort(port: number, request: RequestToSend): Promise<void> {
  const outgoing = begin(port, request);
  return new Promise((resolve) => {
    outgoing.on('error', () => resolve()); // ours, if anybody's: the answer does not matter here
    outgoing.on('close', resolve);
    outgoing.write((request.body as Uint8Array).subarray(0, BODY.length / 2), () => outgoing.destroy());
  });
}
