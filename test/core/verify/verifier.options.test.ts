import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createVerifier, verifyRequest, type VerifierOptions } from '../../../src/core/index.js';
import { received } from '../../../src/core/verify/received-request.js';
import { resolvePolicy } from '../../../src/core/verify/verifier.options.js';
import { refused } from '../../support/refusals.js';
import { KEY, NOW, SECRET, signed, verdictOn } from '../../support/signed-request.js';

const good = { keys: { [KEY]: SECRET } };

/** What createVerifier throws; nothing if it takes the options. */
function problemOf(options: unknown): unknown {
  try {
    createVerifier(options as VerifierOptions);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Longer than a block of SHA-256, and one whose hash is text. */
const LONG_SECRET = 'a secret that is longer than the block of the hash function, number 40183898';
const HASH_OF_LONG_SECRET = createHash('sha256').update(LONG_SECRET).digest().toString('utf8');
const SECONDS = 'expected a number of seconds, finite and more than 0';
const NUMBER = 'expected a number, finite and not negative';
const NAMES = 'expected a list of header names, without authorization';
const KEY_NAMES = 'expected a list of key names, not empty';
const ENUM = "expected 'accept' or 'refuse'";
const TYPES =
  "expected a list of media types such as 'application/json', not empty, no parameters, none of multipart/*";
const PREFIX = "expected a prefix such as '/api': unreserved characters and /, no / at its end, no //, no . or ..";
const STORE = 'expected a replay store: an object with a method reserve()';
const OPTIONS =
  'keys, clockSkew, plusInQuery, encodedSlash, pathPrefix, queryPieces, replayStore, now, ' +
  'allowedKeys, requiredSignedHeaders, signedIfPresent, contentTypes, unsignedPayload, replayProtection';

describe('a TypeError', () => {
  const wrong: Readonly<Record<string, readonly [expected: string, values: readonly unknown[]]>> = {
    clockSkew: [SECONDS, [NaN, Infinity, -Infinity, -1, 0, -0, '900', null, 900n, {}]],
    queryPieces: [NUMBER, [NaN, Infinity, -1, '1000', null, []]],
    plusInQuery: ["expected 'space' or 'literal'", ['Space', '', null, true, 'accept']],
    encodedSlash: [ENUM, ['Accept', '', null, true, 'space']],
    unsignedPayload: [ENUM, ['ACCEPT', '', null, false]],
    allowedKeys: [KEY_NAMES, [[], [1], KEY, null, {}, [undefined], new Set([KEY])]],
    requiredSignedHeaders: [
      NAMES,
      [[''], ['a b'], ['a', 'é'], ['a:'], ['a;b'], ['a\n'], [1], 'host', null, {}, ['authorization']],
    ],
    signedIfPresent: [NAMES, [[''], ['a,b'], ['(a)'], [null], 'content-type', null, ['a', 'Authorization']]],
    contentTypes: [
      TYPES,
      [
        ...[[], 'application/json', null, {}, [1], [''], ['json'], ['/json'], ['application/'], ['*/*'], ['text/*']],
        ...[['application/json; charset=utf-8'], [' application/json'], ['application/json\n'], ['a/b/c'], ['a/b,c/d']],
        ...[['multipart/form-data'], ['MULTIPART/mixed'], ['application/json', 'multipart/related']],
      ],
    ],
    pathPrefix: [
      PREFIX,
      [
        ...[
          '',
          '/',
          'api',
          '/api/',
          '//api',
          '/api//v1',
          '/api/.',
          '/./api',
          '/..',
          '/api/../v1',
          '/a%20b',
          '/a?b',
          '/a#b',
        ],
        ...['/a b', '/é', '/api\n', '/a+b', '/a:b', null, 1, {}, ['/api'], true],
      ],
    ],
    replayProtection: ['expected true or false', [0, 1, 'true', null, {}]],
    replayStore: [STORE, [null, 1, '', true, {}, [], new Map(), { reserve: true }, () => true]],
    now: ['expected a function', [1, null, new Date(), '']],
  };
  const cases = Object.entries(wrong).flatMap(([name, [expected, values]]) =>
    values.map((value) => [name, value, `${name}: ${expected}`] as const),
  );

  it.each(cases)('is thrown for %s: %o', (name, value, message) => {
    expect(problemOf({ ...good, [name]: value })).toEqual(new TypeError(message));
  });

  it.each(['clockskew', 'Keys', 'secret', KEY, 'toString', 'replayprotection', ''])(
    'is thrown for the unknown name %j, too',
    (name) => {
      expect(problemOf({ ...good, [name]: SECRET })).toEqual(
        new TypeError(`${name}: no such option; there are ${OPTIONS}`),
      );
    },
  );

  it('is thrown for the name __proto__, too', () => {
    const options = JSON.parse(`{"keys":{"${KEY}":"${SECRET}"},"__proto__":{"clockSkew":0}}`) as unknown;
    expect(problemOf(options)).toEqual(new TypeError(`__proto__: no such option; there are ${OPTIONS}`));
  });

  it.each([undefined, null, SECRET, 1, () => SECRET])('is thrown for %s in place of all options', (options) => {
    expect(problemOf(options)).toEqual(new TypeError('options: expected an object'));
  });

  it('is thrown for replayProtection without a store by verifyRequest', () => {
    const replayStore = { reserve: () => true };
    expect(() => verifyRequest(signed(), { ...good, replayProtection: true })).toThrow(
      new TypeError('replayStore: expected with replayProtection, where each request has a verifier of its own'),
    );
    expect(problemOf({ ...good, replayProtection: true })).toBeUndefined();
    const options = { ...good, now: () => NOW, replayProtection: true, replayStore };
    expect(verifyRequest(signed(), options)).toMatchObject({ ok: true });
  });

  it('is thrown by verifyRequest, too', () => {
    expect(() => verifyRequest(signed(), { ...good, clockSkew: NaN })).toThrow(new TypeError(`clockSkew: ${SECONDS}`));
  });
});

describe('wrong keys', () => {
  const NO_OBJECT = 'keys: expected an object of secrets by key name, or a function';
  const NONE = 'keys: expected one signing key at least';
  const badSecret = (which: string) => `keys: expected a non-empty secret, or a list of them, for ${which}`;
  const badName = (length: number) =>
    `keys: the name of key 1 of 1 is not valid (${length} characters); ` +
    'expected 1 to 128 printable ASCII characters, no comma';
  const shared = (one: number, other: number, count: number) =>
    `keys: key ${one} of ${count} and key ${other} of ${count} share a secret`;
  const symbol = { [Symbol(KEY)]: SECRET };

  it.each<[unknown, string]>([
    [undefined, NO_OBJECT],
    [null, NO_OBJECT],
    [SECRET, NO_OBJECT],
    [1, NO_OBJECT],
    [true, NO_OBJECT],
    [[SECRET], NO_OBJECT],
    [[], NO_OBJECT],
    [new Map([[KEY, SECRET]]), NO_OBJECT],
    [Promise.resolve({ [KEY]: SECRET }), NO_OBJECT],
    [{}, NONE],
    [symbol, NONE],
    ...[
      '',
      1,
      null,
      undefined,
      true,
      {},
      [],
      [''],
      [SECRET, ''],
      [SECRET, null],
      '\0',
      [SECRET, '\0\0'],
      [[SECRET]],
      () => SECRET,
      { secret: SECRET },
    ].map((value): [unknown, string] => [{ [KEY]: value }, badSecret('key 1 of 1')]),
    ...['', 'a,b', 'é', 'a\n', '\x7f', 'x'.repeat(129)].map((key): [unknown, string] => [
      { [key]: SECRET },
      badName(key.length),
    ]),
    [JSON.parse('{"__proto__": ""}'), badSecret('key 1 of 1')],
    [JSON.parse('{"constructor": {}}'), badSecret('key 1 of 1')],
    [{ a: SECRET, b: SECRET }, shared(1, 2, 2)],
    [{ a: [SECRET, 'new'], b: ['other', SECRET] }, shared(1, 2, 2)],
    [{ a: 'new', c: SECRET, b: 'new' }, shared(1, 3, 3)],
    // One key to HMAC, which fills up with NUL and hashes what is longer than its block.
    [{ a: SECRET, b: `${SECRET}\0` }, shared(1, 2, 2)],
    [{ a: ['new', `${SECRET}\0\0`], b: ['other', `${SECRET}\0`] }, shared(1, 2, 2)],
    [{ a: `${'x'.repeat(63)}\0`, b: 'x'.repeat(63) }, shared(1, 2, 2)],
    [{ a: '\ud800', b: '\ufffd' }, shared(1, 2, 2)],
    [{ a: LONG_SECRET, b: HASH_OF_LONG_SECRET }, shared(1, 2, 2)],
    // Name and secret, each in the other's place.
    [{ good: 'another secret', [SECRET]: '' }, badSecret('key 2 of 2')],
    [{ [`${SECRET},`]: KEY }, badName(SECRET.length + 1)],
  ])('%o throw a TypeError', (keys, message) => {
    const problem = problemOf({ keys });
    expect(problem).toEqual(new TypeError(message));
    expect(String(problem)).not.toContain(SECRET);
  });
});

describe('right options', () => {
  it.each<Partial<VerifierOptions>>([
    {},
    { clockSkew: 1e-9, queryPieces: 10 },
    { clockSkew: 0.5, queryPieces: Number.MAX_VALUE },
    { plusInQuery: 'literal', encodedSlash: 'accept', unsignedPayload: 'refuse' },
    { plusInQuery: 'space', encodedSlash: 'refuse', unsignedPayload: 'accept' },
    { allowedKeys: [KEY], requiredSignedHeaders: [], signedIfPresent: [] },
    { contentTypes: ['application/json', 'Text/Plain', 'application/vnd.example.v1+json'] },
    { requiredSignedHeaders: ["!#$%&'*+-.^_`|~0aZ", 'HOST'].slice(1) },
    { replayProtection: true },
    { replayProtection: true, replayStore: Object.assign(() => false, { reserve: () => true }) },
    { keys: { [KEY]: [SECRET, SECRET] } },
    { keys: { [KEY]: [SECRET, `${SECRET}\0`], other: `\0${SECRET}` } },
    { keys: { [KEY]: SECRET, long: 'x'.repeat(65), longer: `${'x'.repeat(65)}\0`, a: 'x'.repeat(64) } },
    { keys: Object.assign(Object.create(null) as object, { [KEY]: [SECRET] }) },
    { keys: JSON.parse(`{"__proto__": "another secret", "${KEY}": "${SECRET}"}`) as VerifierOptions['keys'] },
  ])('%o', (options) => {
    expect(verdictOn(signed(), options)).toMatchObject({ ok: true, key: KEY });
  });

  it('are not set if they are undefined', () => {
    const names = OPTIONS.split(', ').filter((name) => name !== 'keys' && name !== 'now');
    const unset = Object.fromEntries(names.map((name) => [name, undefined]));
    expect(verdictOn(signed(), unset)).toMatchObject({ ok: true });
    expect(verdictOn(signed(), { ...unset, now: undefined })).toEqual(refused('SIGNATURE_EXPIRED'));
  });

  it('cannot be changed afterwards', () => {
    const keys: Record<string, string[]> = { [KEY]: [SECRET] };
    const [allowedKeys, requiredSignedHeaders, signedIfPresent] = [[KEY], ['host'], ['x-sdk-date']];
    const verifier = createVerifier({ keys, allowedKeys, requiredSignedHeaders, signedIfPresent, now: () => NOW });
    keys[KEY]![0] = 'changed';
    keys.b = ['c'];
    allowedKeys.splice(0, 1, 'b');
    requiredSignedHeaders.push('x-absent');
    signedIfPresent.push('authorization');
    expect(verifier.verify(signed())).toMatchObject({ ok: true });
    expect(verifier.verify(signed({ key: 'b', secret: 'c' }))).toEqual(refused('KEY_UNKNOWN'));
  });

  it('get their defaults', () => {
    expect(resolvePolicy({})).toEqual({
      allowedKeys: undefined,
      requiredSignedHeaders: [],
      signedIfPresent: [],
      unsignedPayload: 'accept',
      replayProtection: false,
    });
  });
});

describe('a secret', () => {
  const verifier = createVerifier({ keys: { [KEY]: [SECRET, 'old secret'] }, allowedKeys: [KEY], now: () => NOW });

  it.each<[string, unknown]>([
    ['a verifier', verifier],
    ['a verification', verifier.open(received(signed()), undefined)],
    ['a verdict', verifier.verify(signed())],
    ['a verdict on the old secret', verifier.verify(signed({ secret: 'old secret' }))],
    ['a refusal', verifier.verify(signed({ method: 'PUT', secret: 'old secret' }))],
  ])('is not seen in %s', (_, value) => {
    const shown =
      inspect(value, { depth: 10, showHidden: true, getters: true }) + JSON.stringify(value) + String(value);
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain('old secret');
  });
});
