import { describe, expect, it } from 'vitest';
import type { VerifierOptions, WireRequest } from '../../../src/core/index.js';
import { refused } from '../../support/refusals.js';
import { DATE, KEY, SECRET, signed, verdictOn, withHeader, type Draft } from '../../support/signed-request.js';

const passed = expect.objectContaining({ ok: true, key: KEY });

describe('signed headers', () => {
  it.each([[['HOST', 'X-SDK-DATE']], [['x-sdk-date', 'host']], [['X-Sdk-Date', 'hOST']], [['x-sdk-date']]])(
    'written as %j are read in lower case and sorted',
    (signedHeaders) => {
      const sorted = signedHeaders.map((name) => name.toLowerCase()).sort();
      expect(verdictOn(signed({ signedHeaders }))).toMatchObject({ ok: true, signedHeaders: sorted });
    },
  );

  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', "!#$%&'*+-.^_`|~0", 'x_y', 'x-y', 'x.y'];
  it.each(names)('may have the name %s', (name) => {
    const request = signed({ headers: [[name, 'a']] });
    expect(verdictOn(request)).toMatchObject({
      ok: true,
      signedHeaders: ['host', 'x-sdk-date', name.toLowerCase()].sort(),
    });
    expect(verdictOn(withHeader(request, name, 'b'))).toEqual(refused('SIGNATURE_MISMATCH'));
    expect(verdictOn(signed({ signedHeaders: ['x-sdk-date', name] }))).toEqual(
      refused('SIGNED_HEADER_MISSING', name.toLowerCase()),
    );
  });

  it('are sorted by bytes, also after a common start', () => {
    const headers: Draft['headers'] = ['X-A', 'X-A-B', 'X-A.B', 'X-AB', 'X-A_B', 'X-A0', 'X-A~'].map((name) => [
      name,
      name,
    ]);
    expect(verdictOn(signed({ headers }))).toEqual(passed);
  });

  it('have names of at most 64 characters in a message, and are never read as a pattern', () => {
    const longName = 'x-'.concat('y'.repeat(100));
    const missing = (name: string) => verdictOn(signed({ signedHeaders: ['x-sdk-date', name] }));
    expect(missing(longName)).toEqual(refused('SIGNED_HEADER_MISSING', longName.slice(0, 64)));
    expect(missing("$&$'$`$$")).toEqual(refused('SIGNED_HEADER_MISSING', "$&$'$`$$"));
  });

  it.each([
    [
      'twice, the same',
      [
        ['X-A', '1'],
        ['X-A', '1'],
      ],
    ],
    [
      'twice, in another case',
      [
        ['X-A', '1'],
        ['x-a', '2'],
      ],
    ],
    [
      'twice, once empty',
      [
        ['X-A', ''],
        ['x-a', '2'],
      ],
    ],
    [
      'three times',
      [
        ['X-A', '1'],
        ['X-A', '2'],
        ['X-A', '3'],
      ],
    ],
    [
      'two of them twice',
      [
        ['X-B', '1'],
        ['X-B', '1'],
        ['X-A', '1'],
        ['X-A', '1'],
      ],
    ],
    [
      'twice, named like a method of objects',
      [
        ['X-A', ''],
        ['constructor', '1'],
        ['constructor', '2'],
      ],
      'constructor',
    ],
  ] as [string, Draft['headers'], string?][])('are refused if a header is there %s', (_, headers, name = 'x-a') => {
    expect(verdictOn(signed({ headers }))).toEqual(refused('SIGNED_HEADER_REPEATED', name));
  });

  it('are refused if the date is there twice', () => {
    expect(verdictOn(signed({ headers: [['x-sdk-date', DATE]] }))).toEqual(
      refused('SIGNED_HEADER_REPEATED', 'x-sdk-date'),
    );
  });
});

describe('unsigned headers', () => {
  it('may be added, changed and repeated', () => {
    const request = signed({
      headers: [
        ['X-A', '1'],
        ['x-a', '2'],
        ['X-B', '3'],
      ],
      signedHeaders: ['host', 'x-sdk-date'],
    });
    expect(verdictOn(request)).toEqual(passed);
    expect(verdictOn(withHeader(request, 'X-B', '4\n\u0141'))).toEqual(passed);
    expect(verdictOn(withHeader(request, 'X-C', ''))).toEqual(passed);
  });
});

describe('the value of a signed header', () => {
  it.each([
    '',
    ' \t ',
    ' a ',
    '\ta\t',
    'a  b\t\tc',
    '"a", "b"',
    'a:b;c=d',
    '\xc3\xa9\xff\x80',
    '\xa0a\xa0',
    '\va\f',
    '\0',
  ])('%j passes, also with blanks around it', (value) => {
    const request = signed({ headers: [['X-A', value]] });
    expect(verdictOn(request)).toEqual(passed);
    expect(verdictOn(withHeader(request, 'X-A', ` \t${value}\t `))).toEqual(passed);
  });

  it.each([
    ['inner blanks fewer', 'a  b', 'a b'],
    ['another inner blank', 'a b', 'a\tb'],
    ['another case', 'a', 'A'],
    ['a no-break space at its end', 'a', 'a\xa0'],
    ['a vertical tab at its end', 'a', 'a\v'],
    ['bytes read as UTF-8', '\xc3\xa9', '\xe9'],
    ['a byte in its UTF-8 form', '\xe9', '\xc3\xa9'],
    ['a character whose low byte is the same', 'A', '\u0141'],
    ['a character whose low byte is the same, above 0x7F', '\xe9', '\u20e9'],
    ['half a surrogate pair', '\x00', '\ud800'],
    ['none', 'a', ''],
    ['some', '', 'a'],
  ])('is refused if it changed: %s', (_, value, another) => {
    const request = signed({ headers: [['X-A', value]] });
    expect(verdictOn(request)).toEqual(passed);
    expect(verdictOn(withHeader(request, 'X-A', another))).toEqual(refused('SIGNATURE_MISMATCH'));
  });

  it.each(['a\nb', 'a\rb', 'a\r\nx-b:c', '\na', 'a\n', '\u0141', 'a\u20ac'])(
    '%j is refused, even if it was signed so',
    (value) => {
      expect(verdictOn(signed({ headers: [['X-A', value]] }))).toEqual(refused('SIGNATURE_MISMATCH'));
    },
  );
});

describe('requiredSignedHeaders and signedIfPresent (row 4c)', () => {
  const required = { requiredSignedHeaders: ['Content-TYPE', 'x-tenant', '__proto__'] };
  const ifPresent = { signedIfPresent: ['Content-TYPE', 'x-tenant', '__proto__'] };
  const all: Draft['headers'] = [
    ['content-type', 'text/plain'],
    ['X-Tenant', 'a'],
    ['__proto__', ''],
  ];
  const allBut = (name: string) =>
    ['content-type', 'x-tenant', '__proto__', 'x-sdk-date'].filter((each) => each !== name);

  it('accept headers that are signed', () => {
    expect(verdictOn(signed({ headers: all }), { ...required, ...ifPresent })).toEqual(passed);
  });

  it.each(['content-type', 'x-tenant', '__proto__'])('refuse a request if %s is not signed', (name) => {
    const unsigned = signed({ headers: all, signedHeaders: allBut(name) });
    const absent = signed({ headers: all.filter(([each]) => each.toLowerCase() !== name) });
    const expected = refused('HEADER_NOT_SIGNED', name);
    expect([verdictOn(unsigned, required), verdictOn(absent, required)]).toEqual([expected, expected]);
    expect([verdictOn(unsigned, ifPresent), verdictOn(absent, ifPresent)]).toEqual([expected, passed]);
  });

  it.each(['content-type', 'x-tenant'])('refuse an unsigned %s that is there twice', (name) => {
    const unsigned = signed({ headers: all, signedHeaders: allBut(name) });
    const twice = { ...unsigned, headers: [...unsigned.headers, [name, 'text/plain'] as const] };
    expect(verdictOn(twice, { signedIfPresent: [name] })).toEqual(refused('HEADER_NOT_SIGNED', name));
    expect(verdictOn(twice, { requiredSignedHeaders: [name] })).toEqual(refused('HEADER_NOT_SIGNED', name));
  });

  it('may have x-sdk-date, whose refusal has a message of its own', () => {
    const unsigned = signed({ signedHeaders: ['host'] });
    expect(verdictOn(unsigned, { requiredSignedHeaders: ['X-Sdk-Date'] })).toEqual(refused('DATE_MISSING'));
  });
});

describe('the name of a key', () => {
  const names = ['__proto__', 'constructor', 'toString', 'a b', '!"#;=<>', 'x'.repeat(128)];
  it.each(names)('may be %s', (key) => {
    const keys = JSON.parse(
      JSON.stringify({ [KEY]: SECRET, k: 1 }).replace('"k":1', `${JSON.stringify(key)}:"s"`),
    ) as VerifierOptions['keys'];
    expect(verdictOn(signed({ key, secret: 's' }), { keys })).toMatchObject({ ok: true, key });
    expect(verdictOn(signed({ key, secret: 's' }))).toEqual(refused('KEY_UNKNOWN'));
  });

  it('is not signed: the caller chooses among keys that share a secret', () => {
    expect(verdictOn(signed({ key: 'another' }), { keys: () => SECRET })).toMatchObject({ ok: true, key: 'another' });
    const renamed = withHeader(signed(), 'Authorization', signed({ key: 'another' }).headers.at(-1)![1]);
    expect(verdictOn(renamed, { keys: () => SECRET })).toMatchObject({ ok: true, key: 'another' });
  });

  it('counts only on a route that allows the key', () => {
    const options = { keys: { [KEY]: SECRET, other: 'other secret' }, allowedKeys: ['other', 'toString'] };
    expect(verdictOn(signed(), options)).toEqual(refused('KEY_UNKNOWN'));
    expect(verdictOn(signed({ key: 'toString' }), options)).toEqual(refused('KEY_UNKNOWN'));
    expect(verdictOn(signed({ key: 'other', secret: 'other secret' }), options)).toMatchObject({
      ok: true,
      key: 'other',
    });
  });
});

describe('a caller in JavaScript, who gives', () => {
  const verdictOf = (request: unknown) => verdictOn(request as WireRequest);
  const uncaptured = (reason: string) => ({ ok: false, refusal: { code: 'BODY_NOT_CAPTURED', reason } });
  /** One argument, where it.each() would take the elements of a list. */
  const alone = (value: unknown) => [value];
  const posted = signed({ method: 'POST', body: Buffer.from('1') });

  it.each([undefined, null, 5, 'GET / HTTP/1.1', {}])('no request, but %j, is refused', (request) => {
    expect(verdictOf(request)).toEqual(refused('AUTHORIZATION_MISSING'));
  });

  it.each(
    [
      ...[undefined, null, 5, 'Host: a', {}, { authorization: 'a' }],
      ...[[5], [null], [['Host']], [['Host', 5]], [[5, 'a']], [['Host', ['a']]]],
    ].map(alone),
  )('headers other than pairs of text, %j, is refused', (others) => {
    expect(verdictOf({ ...signed(), headers: others })).toEqual(refused('AUTHORIZATION_MISSING'));
    const headers = Array.isArray(others) ? [...signed().headers, ...(others as unknown[])] : others;
    expect(verdictOf({ ...signed(), headers })).toEqual(refused('AUTHORIZATION_MISSING'));
  });

  it.each([undefined, null, 5, {}, ['GET']].map(alone))('the method %j is refused', (method) => {
    const expected = refused('TARGET_AMBIGUOUS', '', 'no token for a method');
    expect(verdictOf({ ...signed(), method })).toEqual(expected);
  });

  it.each([undefined, null, 5, {}, ['/']].map(alone))('the target %j is refused', (target) => {
    expect(verdictOf({ ...signed(), target })).toEqual(refused('TARGET_AMBIGUOUS', '', 'no target'));
  });

  it.each([undefined, null])('the body %j has given none', (body) => {
    expect(verdictOf({ ...signed(), body })).toEqual(passed);
    expect(verdictOf({ ...posted, body })).toEqual(refused('SIGNATURE_MISMATCH'));
  });

  it.each(['', '1', '\u0131', 0, false, true, {}, ['1'], new ArrayBuffer(1)].map(alone))(
    'a body that is not bytes, %j, is refused',
    (body) => {
      expect(verdictOf({ ...posted, body })).toMatchObject(uncaptured('body: expected a Uint8Array, or a function'));
    },
  );

  it('bytes of another kind than Uint8Array is understood', () => {
    expect(verdictOf({ ...posted, body: new DataView(new TextEncoder().encode('1').buffer) })).toEqual(passed);
  });

  it.each([0, 5, true, {}, ['1'], Symbol('hash'), Buffer.from('1'), { code: 'REPLAYED' }].map(alone))(
    'a function that gives no hash, but %o, is refused',
    async (hash) => {
      const expected = uncaptured('body() gave neither text nor undefined');
      expect(verdictOf({ ...posted, body: () => hash })).toMatchObject(expected);
      expect(await verdictOf({ ...posted, body: () => Promise.resolve(hash) })).toMatchObject(expected);
    },
  );

  it('a function that gives null, as one that gives nothing, is refused', async () => {
    expect(verdictOf({ ...posted, body: () => null })).toEqual(refused('SIGNATURE_MISMATCH'));
    expect(await verdictOf({ ...posted, body: () => Promise.resolve(null) })).toEqual(refused('SIGNATURE_MISMATCH'));
  });
});
