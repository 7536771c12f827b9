import { describe, expect, it } from 'vitest';
import {
  explainMismatch,
  type CauseCode,
  type Explanation,
  type ExplainOptions,
  type RequestToExplain,
} from '../../src/core/index.js';
import { naiveSignature, type NaiveRequest } from '../support/naive-signature.js';
import {
  DATE,
  draft,
  KEY,
  NOW,
  SECRET,
  signed,
  toWire,
  withHeader,
  type DraftChanges,
} from '../support/signed-request.js';

const HOUR = 3600_000;
const NO_CAUSE =
  "No cause found. The secret here is not the signer's, or what was signed has changed in a way that cannot be guessed: " +
  "compare the canonical request with the gateway's own, part by part.";

function explain(request: RequestToExplain, options: Partial<ExplainOptions> = {}): Explanation {
  return explainMismatch(request, { keys: { [KEY]: SECRET }, ...options });
}

/** The request as it was signed, but for what somebody made of it on the way. */
function onTheWay(signedAs: DraftChanges, changes: Partial<NaiveRequest>): NaiveRequest {
  return { ...signed(signedAs), ...changes };
}

/** A request whose signature is of another one, or under another secret or date. */
function misSigned(sent: DraftChanges, signedAs: DraftChanges & { sdkDate?: string }): NaiveRequest {
  const right = draft(sent);
  const wrong = draft({ ...sent, ...signedAs });
  const signature = naiveSignature(wrong, wrong.secret, wrong.signedHeaders, wrong.dialect)!;
  return toWire({ ...right, send: ([...line]) => [line.join('').replace(/\w{64}$/, signature)] });
}

const json = (text: string) => Buffer.from(text);
const path = (target: string): DraftChanges => ({ target });

describe('the cause is named', () => {
  it.each<[code: CauseCode, what: string, request: RequestToExplain, options?: Partial<ExplainOptions>]>([
    ['PATH_PREFIX_STRIPPED', 'a usual one', onTheWay(path('/api/users?a=b'), { target: '/users?a=b' })],
    ['PATH_PREFIX_STRIPPED', 'of two segments', onTheWay(path('/api/v1/users'), { target: '/users' })],
    ['PATH_PREFIX_STRIPPED', 'all of it', onTheWay(path('/api'), { target: '/' })],
    ['PATH_PREFIX_STRIPPED', 'a given one', onTheWay(path('/shop/a'), { target: '/a' }), { pathPrefixes: ['shop'] }],
    [
      'PATH_PREFIX_STRIPPED',
      'told by X-Forwarded-Prefix',
      withHeader(onTheWay(path('/shop/a'), { target: '/a' }), 'X-Forwarded-Prefix', '/shop'),
    ],
    [
      'PATH_PREFIX_STRIPPED',
      'told by X-Original-URI',
      withHeader(onTheWay(path('/shop/a?b'), { target: '/a?b' }), 'X-Original-URI', '/shop/a?b'),
    ],
    ['PATH_PREFIX_ADDED', 'one segment', onTheWay(path('/users?a'), { target: '/internal/users?a' })],
    ['PATH_PREFIX_ADDED', 'three segments', onTheWay(path('/users'), { target: '/a/b/c/users' })],
    ['PATH_PREFIX_ADDED', 'before nothing', onTheWay(path('/'), { target: '/internal' })],
    [
      'TARGET_REWRITTEN',
      'told by X-Forwarded-Uri, a whole URL',
      withHeader(onTheWay(path('/old?a=1'), { target: '/new?b=2' }), 'X-Forwarded-Uri', 'https://h.example/old?a=1'),
    ],
    ['PATH_DECODED', 'a percent sign', onTheWay(path('/a%2520b'), { target: '/a%20b' })],
    ['PATH_DECODED', 'UTF-8', onTheWay(path('/%25C3%25A9'), { target: '/%C3%A9' })],
    ['PATH_ENCODED', 'a blank', onTheWay(path('/a%20b'), { target: '/a%2520b' })],
    ['PATH_ENCODED', 'UTF-8', onTheWay(path('/%C3%A9'), { target: '/%25C3%25A9' })],
    ['QUERY_DECODED', 'in a value', onTheWay(path('/?a=b%2520c'), { target: '/?a=b%20c' })],
    ['QUERY_ENCODED', 'in a name', onTheWay(path('/?%C3%A9=1'), { target: '/?%25C3%25A9=1' })],
    ['PLUS_IN_QUERY', 'as a plus', signed({ target: '/?a=b+c', dialect: { order: 'decoded', plus: 'literal' } })],
    ['PLUS_IN_QUERY', 'as a space', signed({ target: '/?a=b+c' }), { plusInQuery: 'literal' }],
    ['HOST_PORT', 'added', withHeader(signed(), 'Host', 'example.com:8080')],
    ['HOST_PORT', 'dropped', withHeader(signed({ headers: [] }), 'Host', 'example.com:443')],
    [
      'HOST_REPLACED',
      'X-Forwarded-Host',
      withHeader(withHeader(signed(), 'Host', 'up'), 'X-Forwarded-Host', 'example.com'),
    ],
    [
      'HOST_REPLACED',
      'the second of X-Forwarded-Host, which has a port',
      withHeader(withHeader(signed(), 'Host', 'up'), 'X-Forwarded-Host', 'edge.example, example.com:8443'),
    ],
    [
      'HOST_REPLACED',
      'Forwarded',
      withHeader(withHeader(signed(), 'Host', 'up'), 'Forwarded', 'for=192.0.2.1;host="example.com";proto=https'),
    ],
    ['BODY_NOT_SIGNED', 'of a POST', misSigned({ method: 'POST', body: json('{"a":1}') }, { body: json('') })],
    ['BODY_EMPTY_OBJECT', 'of a GET', misSigned({}, { body: json('{}') })],
    ['BODY_EMPTY_OBJECT', 'of a POST', misSigned({ method: 'POST', body: json('{"a":1}') }, { body: json('{}') })],
    ['BODY_REWRITTEN', 'JavaScript', misSigned({ body: json('{ "a": [1, "é"] }') }, { body: json('{"a":[1,"é"]}') })],
    ['BODY_REWRITTEN', 'Python', misSigned({ body: json('{"a":[1,"é"]}') }, { body: json('{"a": [1, "\\u00e9"]}') })],
    ['BODY_REWRITTEN', 'Python, UTF-8', misSigned({ body: json('{"a":[1,"é"]}') }, { body: json('{"a": [1, "é"]}') })],
    ['BODY_REWRITTEN', 'indented', misSigned({ body: json('{"a":"\\n ,"}') }, { body: json('{\n  "a": "\\n ,"\n}') })],
    ['SECRET_ENDS', 'a line break there', misSigned({}, { secret: `${SECRET}\n` })],
    ['SECRET_ENDS', 'CR LF there', misSigned({}, { secret: `${SECRET}\r\n` })],
    ['SECRET_ENDS', 'quotes there', misSigned({}, { secret: `"${SECRET}"` })],
    ['SECRET_ENDS', 'a blank there', misSigned({}, { secret: ` ${SECRET}` })],
    ['SECRET_ENDS', 'a line break here', signed(), { keys: { [KEY]: `${SECRET}\r\n` } }],
    ['SECRET_ENDS', 'quotes here', signed(), { keys: { [KEY]: `'${SECRET}' ` } }],
    ['SECRET_OF_OTHER_KEY', 'the second', signed({ secret: 'two' }), { keys: { [KEY]: SECRET, b: ['one', 'two'] } }],
    [
      'SECRET_OF_OTHER_KEY',
      '__proto__',
      signed({ secret: 'p' }),
      { keys: JSON.parse(`{"${KEY}":"s","__proto__":"p"}`) as {} },
    ],
    ['LOCAL_TIME', 'in the header, ahead', signed(), { arrival: NOW - 8 * HOUR }],
    ['LOCAL_TIME', 'in the header, behind', signed(), { arrival: NOW + 3.5 * HOUR - 30_000 }],
  ])('%s: %s', (code, _, request, options) => {
    const { cause, text } = explain(request, options);
    expect({ code: cause?.code, text }).toEqual({ code, text: cause?.text });
  });
});
