import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  explainMismatch,
  sha256Hex,
  type CauseCode,
  type Explanation,
  type ExplainOptions,
  type RequestToExplain,
} from '../../../src/core/index.js';
import { odd } from '../../support/requests.arbitrary.js';
import {
  naiveCanonicalRequest,
  naiveSignature,
  naiveSignatureOf,
  type NaiveRequest,
} from '../../support/naive-signature.js';
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
} from '../../support/signed-request.js';

const EMPTY_HASH = sha256Hex('');
const HOUR = 3600_000;
const COMPARE =
  'compare the canonical request, part by part, with the backend address that the gateway calls and with what the caller sent.';
const LIMITS =
  'No cause found before the limits of an explanation: the request is too large, or there are too many keys.';
const GIVEN_UP = `${LIMITS} Instead, ${COMPARE}`;
const NO_CAUSE =
  'No cause found. No signed header is of the kind that proxies change, so it is most likely the secret: ' +
  'compare the secret in the gateway with the one here. If they are equal, a hop changed Host, the path, the query, a ' +
  `signed header or the body in a way that cannot be guessed: ${COMPARE}`;

const UNTRIED_BODY = /most likely the secret, or the body, of which no other spelling was tried: /;

function explain(request: RequestToExplain, options: Partial<ExplainOptions> = {}): Explanation {
  return explainMismatch(request, { keys: { [KEY]: SECRET }, ...options });
}

/** The request as it was signed, but for what somebody made of it on the way. */
function onTheWay(signedAs: DraftChanges, changes: Partial<NaiveRequest>): NaiveRequest {
  return { ...signed(signedAs), ...changes };
}

/** A request whose signature is of another one, or under another secret or date. */
function misSigned(sent: DraftChanges, signedAs: DraftChanges): NaiveRequest {
  const right = draft(sent);
  const wrong = draft({ ...sent, ...signedAs });
  const signature = naiveSignature(wrong, wrong.secret, wrong.signedHeaders, wrong.dialect)!;
  return toWire({ ...right, send: (line) => [line.replace(/\w{64}$/, signature)] });
}

/** A request signed over a canonical query of the signer's own, or over another date than the header's. */
function unsorted(target: string, canonicalQuery: string, sdkDate = DATE): NaiveRequest {
  const right = draft({ target });
  const bytes = naiveCanonicalRequest({ ...right, target: '/' }, right.signedHeaders, right.dialect)!;
  const text = Buffer.from(bytes.toString('latin1').replace(/^(.*\n.*\n)/, `$1${canonicalQuery}`), 'latin1');
  const signature = naiveSignatureOf(text, Buffer.from(sdkDate), SECRET);
  return toWire({ ...right, send: (line) => [line.replace(/\w{64}$/, signature)] });
}

function hashOf(request: NaiveRequest): string {
  const { signedHeaders, dialect } = draft({ headers: [['X-A', '']] });
  return sha256Hex(naiveCanonicalRequest(request, signedHeaders, dialect)!);
}

const signedWithDate = (sdkDate: string) => unsorted('/', '', sdkDate);
const json = (text: string) => Buffer.from(text);
const path = (target: string): DraftChanges => ({ target });

describe('explainMismatch names the cause', () => {
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
    ['QUERY_UNSORTED', 'encoded', unsorted('/?b=1&a=%c3', 'b=1&a=%C3')],
    ['QUERY_UNSORTED', 'as it is', unsorted('/?b&a=%c3', 'b&a=%c3')],
    ['QUERY_UNSORTED', 'by names alone', unsorted('/?b=1&a=2&a=1', 'a=2&a=1&b=1')],
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
      { keys: JSON.parse(`{"${KEY}":"s","__proto__":"p"}`) as Record<string, string> },
    ],
    ['LOCAL_TIME', 'in the string to sign alone', signedWithDate('20260115T150045Z')],
    ['LOCAL_TIME', 'in the header, ahead', signed(), { arrival: NOW - 8 * HOUR }],
    ['LOCAL_TIME', 'in the header, behind', signed(), { arrival: NOW + 3.5 * HOUR - 30_000 }],
  ])('%s: %s', (code, _, request, options) => {
    const { cause, text } = explain(request, options);
    expect({ code: cause?.code, text }).toEqual({ code, text: cause?.text });
  });
});

describe('an explanation', () => {
  it('shows the computed request, the signed request and the remedy', () => {
    const sent = onTheWay({ target: '/api/a b?x=1', headers: [['X-A', '\xe9']] }, { target: '/a b?x=1' });
    expect(explain(sent)).toEqual({
      canonicalRequest: `GET|/a%20b/|x=1|host:example.com|x-a:\\xe9|x-sdk-date:${DATE}||host;x-a;x-sdk-date|${EMPTY_HASH}`,
      stringToSign: `SDK-HMAC-SHA256|${DATE}|${hashOf(sent)}`,
      matches: false,
      signed: `GET|/api/a%20b/|x=1|host:example.com|x-a:\\xe9|x-sdk-date:${DATE}||host;x-a;x-sdk-date|${EMPTY_HASH}`,
      cause: {
        code: 'PATH_PREFIX_STRIPPED',
        text: expect.stringMatching(/^A prefix was taken .* Signed: path .* have the proxy pass the path on/),
      },
      text: expect.stringMatching(/^A prefix was taken/),
    });
  });

  it('names two causes that came together', () => {
    const sent = withHeader(onTheWay(path('/api/a'), { target: '/a' }), 'Host', 'example.com:80');
    const { cause, signed } = explain(sent);
    expect(cause).toMatchObject({
      code: 'PATH_PREFIX_STRIPPED',
      text: expect.stringMatching(/^Two things together\. A prefix was taken .* Host was signed with another port/),
    });
    expect(signed).toMatch(/^GET\|\/api\/a\/\|\|host:example\.com\|/);
  });

  it('says whose secret it was, and which side has stray characters at its ends', () => {
    const keys = { [KEY]: SECRET, second: 'two' };
    expect(explain(signed({ secret: 'two' }), { keys }).text).toMatch(/ It is that of key "second"\. /);
    expect(explain(signed({ secret: `${SECRET} ` })).text).toMatch(/ They are in the signer's secret\. /);
    expect(explain(signed(), { keys: { [KEY]: `${SECRET}\n` } }).text).toMatch(/ They are in this server's secret\. /);
  });

  it('says that it found no cause', () => {
    const explanation = explain(signed({ secret: 'of nobody' }));
    expect(explanation).toMatchObject({ text: NO_CAUSE, matches: false });
    for (const name of ['cause', 'signed', 'suspects']) expect(explanation).not.toHaveProperty(name);
  });

  it('says that the signature matches', () => {
    const right = { matches: true, text: 'The signature matches.' };
    expect(explain(signed())).toMatchObject(right);
    expect(explain(signed(), { arrival: NOW })).toMatchObject(right);
    expect(explain(signed(), { arrival: NaN })).toMatchObject(right);
    // Off by less than any zone, by no whole quarter of an hour, and by more than the most eastward zone.
    for (const offset of [0.75, 7.1, 14.25, -12.25]) {
      expect(explain(signed(), { arrival: NOW - offset * HOUR })).toMatchObject(right);
    }
    const declared = signed({ headers: [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']], body: json('anything') });
    expect(explain({ ...declared, body: json('other') })).toMatchObject(right);
  });

  it('tries the body hash in place of a body, and the parsed body', () => {
    const sent = misSigned({ method: 'POST', body: json('{ "a": 1 }') }, { body: json('{"a":1}') });
    const { body, ...others } = sent;
    const bodyHash = sha256Hex(body!);
    expect(explain({ ...others, bodyHash, parsedBody: { a: 1 } })).toMatchObject({ cause: { code: 'BODY_REWRITTEN' } });
    const unknown = explain({ ...others, bodyHash });
    expect(unknown.text).toMatch(UNTRIED_BODY);
    expect(unknown.canonicalRequest.endsWith(`|${bodyHash}`)).toBe(true);
  });

  it('finds a cause with any secret of a rotated key, and with a query sorted by its encoded texts', () => {
    const keys = { [KEY]: ['the new one', SECRET] };
    expect(explain(onTheWay(path('/api/a'), { target: '/a' }), { keys })).toMatchObject({
      cause: { code: 'PATH_PREFIX_STRIPPED' },
    });
    const encoded = { target: '/api/a?%C3%A9=1&z=2&~=3&!=4', dialect: { order: 'encoded', plus: 'space' } } as const;
    expect(explain(onTheWay(encoded, { target: encoded.target.slice(4) }))).toMatchObject({
      cause: { code: 'PATH_PREFIX_STRIPPED' },
    });
  });

  it.each<[what: string, request: RequestToExplain, text: string]>([
    ['no Authorization', { ...signed(), headers: [] }, 'AUTHORIZATION_MISSING: Authorization not found.'],
    ['no headers', { ...signed(), headers: undefined as never }, 'AUTHORIZATION_MISSING: Authorization not found.'],
    ['an unknown key', signed({ key: 'other' }), 'KEY_UNKNOWN: Signing key not found.'],
    ['no date', signed({ date: '' }), 'DATE_MALFORMED: Header x-sdk-date must be a date of the form YYYYMMDDTHHMMSSZ.'],
    [
      'a target that nobody can read',
      onTheWay({}, { target: '/%zz' }),
      'TARGET_AMBIGUOUS: Request target can be read in more than one way. Reason: bad percent escape in the path.',
    ],
    [
      'no target',
      { ...signed(), target: '' },
      'TARGET_AMBIGUOUS: Request target can be read in more than one way. Reason: no slash at the start of the target.',
    ],
    [
      'a line break in a header',
      withHeader(signed(), 'Host', 'a\nb'),
      'SIGNATURE_MISMATCH: Verify authroization failed.',
    ],
    [
      'another body than declared',
      signed({ headers: [['X-Sdk-Content-Sha256', 'junk']] }),
      'BODY_HASH_MISMATCH: Header x-sdk-content-sha256 is not the hash of the body.',
    ],
  ])('names another problem: %s', (_, request, text) => {
    expect(explain(request)).toEqual({ canonicalRequest: '', stringToSign: '', matches: false, text });
  });

  it('does not call a function that finds keys', () => {
    const keys = vi.fn() as unknown as ExplainOptions['keys'];
    expect(() => explain(signed(), { keys })).toThrow(new TypeError('keys: expected an object of secrets by key name'));
    expect(keys).not.toHaveBeenCalled();
  });
});

describe('the text of an explanation', () => {
  const WEB_TOKEN = 'eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln';
  it.each([
    ['the cookie', { headers: [['Cookie', 'a=hidden']] }],
    ['a header that grants access', { headers: [['X-Auth-Token', 'hidden']] }],
    ['a key of an API', { headers: [['X-Api-Key', 'hidden']] }],
    ['a parameter in a header', { headers: [['Referer', 'https://h.example/?a=b&access_token=hidden&c']] }],
    ['a member of JSON in a header', { headers: [['X-Data', '{"a":1,"password":"hidden"}']] }],
    ['a parameter in the query', { target: '/?a=b&Password=hidden&c' }],
    ['a parameter in a parameter', { target: '/?next=%2Flogin%3Ftoken%3Dhidden%26c' }],
    ['a parameter in the path', { target: '/a;b=1;jsessionid=hidden/c' }],
    ['a web token in the path', { target: `/reset/${WEB_TOKEN}` }],
    ['a web token in the query', { target: `/?q=${WEB_TOKEN}` }],
    ['a secret in the query', { target: `/?q=${SECRET}` }],
    ['a secret in a header', { headers: [['X-A', `a${SECRET}b`]] }],
  ] as [string, DraftChanges][])('masks %s', (_, changes) => {
    const { canonicalRequest, signed: other, cause } = explain({ ...signed(changes), method: 'PUT', body: json('{}') });
    expect(cause).toBeUndefined();
    expect(other).toBeUndefined();
    expect(canonicalRequest).toContain('***');
    for (const hidden of ['hidden', WEB_TOKEN, 'eyJ', SECRET]) expect(canonicalRequest).not.toContain(hidden);
    const mended = explain({ ...signed({ ...changes, body: json('{}') }), body: json('{"a":1}') });
    expect(mended).toMatchObject({ cause: { code: 'BODY_EMPTY_OBJECT' } });
    for (const hidden of ['hidden', WEB_TOKEN, 'eyJ', SECRET]) expect(JSON.stringify(mended)).not.toContain(hidden);
  });

  it('keeps other values', () => {
    const plain: DraftChanges = { target: '/authors/1?author=a&page=2', headers: [['X-Request-Id', 'a=b; c="d"']] };
    const { canonicalRequest } = explain({ ...signed(plain), method: 'PUT' });
    expect(canonicalRequest).toContain('PUT|/authors/1/|author=a&page=2|host:example.com|x-request-id:a=b; c="d"|');
  });

  it('cuts a long text, and says by how much', () => {
    const { canonicalRequest } = explain({ ...signed({ target: '/' + 'a'.repeat(5000) }), method: 'PUT' });
    expect(canonicalRequest).toMatch(/^PUT\|\/a{4091}\.\.\. \(\d+ more characters\)$/);
  });
});

describe('explainMismatch, with any hostile request', () => {
  const settings = { keys: { [KEY]: SECRET, other: 'other secret' }, arrival: NOW };
  const text = /^[\x20-\x7e]*$/;

  it('throws nothing, and gives printable texts only', () => {
    const property = fc.property(odd, fc.anything(), fc.string(), (changes, parsedBody, prefix) => {
      const options = { ...settings, pathPrefixes: [prefix] };
      const { cause, matches: _, ...texts } = explain({ ...toWire(draft(changes)), parsedBody }, options);
      for (const each of [...Object.values(texts).flat(), cause?.text ?? '']) expect(each).toMatch(text);
      expect(JSON.stringify([texts, cause])).not.toContain(SECRET);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('ignores a parsed body that cannot be written as JSON', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    const thrower = {
      get a(): unknown {
        throw new Error('not to be read');
      },
    };
    for (const parsedBody of [
      cycle,
      deep,
      thrower,
      { a: 1n },
      new Array(1e9),
      Buffer.alloc(2 ** 24),
      'a'.repeat(2 ** 20),
    ]) {
      expect(explain({ ...signed({ secret: 'of nobody' }), parsedBody })).toMatchObject({ text: NO_CAUSE });
    }
  });

  it('tries other spellings of JSON up to a depth of 32 and a size of 64 KB', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const long = (length: number) => JSON.stringify({ a: 'a'.repeat(length) });
    const spaced = (text: string) => misSigned({ body: json(text.replace(/^./, '$& ')) }, { body: json(text) });
    for (const text of [nested(32), long(60_000)]) {
      expect(explain(spaced(text))).toMatchObject({ cause: { code: 'BODY_REWRITTEN' } });
    }
    expect(explain(spaced(nested(40)))).toMatchObject({ text: NO_CAUSE });
    expect(explain(spaced(long(70_000))).text).toMatch(UNTRIED_BODY);
    const { body: _, ...withoutBytes } = spaced(long(70_000));
    const parsedBody = { a: 'a'.repeat(70_000) };
    expect(explain({ ...withoutBytes, bodyHash: EMPTY_HASH, parsedBody })).toMatchObject({ text: NO_CAUSE });
  });

  it('tries a thousand signatures at most', () => {
    const among = (others: number) => ({
      ...Object.fromEntries(Array.from({ length: others }, (_, at) => [`key${at}`, `secret ${at}`])),
      [KEY]: SECRET,
      right: 'the right one',
    });
    const request = signed({ secret: 'the right one' });
    expect(explain(request, { keys: among(900) })).toMatchObject({ cause: { code: 'SECRET_OF_OTHER_KEY' } });
    expect(explain(request, { keys: among(1000) })).toMatchObject({ text: GIVEN_UP });
  });

  it('hashes 1 MB at most', () => {
    const moved = (length: number) =>
      onTheWay(path('/api/v3/' + 'a'.repeat(length)), { target: '/' + 'a'.repeat(length) });
    expect(explain(moved(2 ** 16))).toMatchObject({ cause: { code: 'PATH_PREFIX_STRIPPED' } });
    expect(explain(moved(2 ** 18))).toMatchObject({ text: GIVEN_UP });
  });

  it('takes time and memory in proportion to the size', () => {
    // Without a bound on them, each of these would be tried for each of many guesses.
    const headers: DraftChanges['headers'] = [
      ['X-Forwarded-Host', 'a,'.repeat(4000)],
      ['Forwarded', 'host='.repeat(2000)],
      ['X-Original-URI', '/a'.repeat(4000)],
    ];
    const busy = signed({ target: '/' + 'a/'.repeat(2000) + '?' + '&a=b'.repeat(999), headers, secret: 'of nobody' });
    const suspects = ['forwarded', 'x-forwarded-host', 'x-original-uri'];
    expect(explain(busy)).toMatchObject({ suspects, text: expect.stringContaining(LIMITS) });
  });
});
