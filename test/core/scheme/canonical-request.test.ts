import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalHeaders,
  canonicalQuery,
  canonicalRequest,
  canonicalUri,
  queryPairs,
  splitTarget,
  stringToSign,
  toWireText,
} from '../../../src/core/index.js';
import { percentDecode, percentEncode, trimValue } from '../../../src/core/scheme/canonical-request.js';

const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
const everyByte = bytes.join('');
const everyEscape = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

describe('percent encoding', () => {
  it('keeps the 66 unreserved characters, and writes every other byte in upper case', () => {
    const unreserved = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~';
    expect(percentEncode(unreserved)).toBe(unreserved);
    const others = bytes.filter((byte) => !unreserved.includes(byte)).map(percentEncode);
    expect(others).toHaveLength(190);
    for (const encoded of others) expect(encoded).toMatch(/^%[0-9A-F]{2}$/);
  });

  it('is decoded once', () => {
    expect(percentDecode(everyEscape)).toBe(everyByte);
    expect(percentDecode(everyEscape.toUpperCase())).toBe(everyByte);
    expect(percentDecode(percentEncode(everyByte))).toBe(everyByte);
    expect(percentDecode('%2541')).toBe('%41');
    expect(percentDecode('a+b')).toBe('a+b');
  });

  it.each(['%', '%4', 'a%', '%%41', '%g1', '%1g', '%\n1', '%+1', '% 1', '%-1', '\u0141', '%41\u0141'])(
    '%j is not decoded',
    (text) => {
      expect(percentDecode(text)).toBeUndefined();
    },
  );
});

describe('splitTarget', () => {
  it.each([
    ['/a', '/a', ''],
    ['/a?', '/a', ''],
    ['/a?b?c', '/a', 'b?c'],
    ['?a', '', 'a'],
    ['', '', ''],
  ])('%j: the path is %j and the query %j', (target, path, query) => {
    expect(splitTarget(target)).toEqual([path, query]);
  });
});

describe('canonicalUri', () => {
  it.each([
    ['', '/'],
    ['/', '/'],
    ['//', '//'],
    ['/a', '/a/'],
    ['/a/', '/a/'],
    ['/a//', '/a//'],
    ['/a/./../b', '/a/./../b/'],
    ['/a+b', '/a%2Bb/'],
    ['/a b', '/a%20b/'],
    ['/%c3%a9', '/%C3%A9/'],
    ['/\xc3\xa9', '/%C3%A9/'],
    ['/%2541', '/%2541/'],
    ['/a%2Fb', '/a/b/'],
    ['/a%2F', '/a/'],
    ['/%41%7e', '/A~/'],
    ['/%', undefined],
  ])('%s: %s', (path, uri) => {
    expect(canonicalUri(path)).toBe(uri);
  });
});

describe('queryPairs', () => {
  it.each([
    ['', []],
    ['&&', []],
    ['=', [['', '']]],
    ['a', [['a', '']]],
    ['a=', [['a', '']]],
    ['a==', [['a', '=']]],
    ['a=b=c', [['a', 'b=c']]],
    [
      'b&a&b',
      [
        ['b', ''],
        ['a', ''],
        ['b', ''],
      ],
    ],
    ['a+b=%2B+c', [['a b', '+ c']]],
    ['a%3Db=%26', [['a=b', '&']]],
    ['%=1', undefined],
    ['a=%', undefined],
    ['a=1&%', undefined],
  ])('%s: %j', (query, pairs) => {
    expect(queryPairs(query)).toEqual(pairs);
  });

  it("keeps a plus with 'literal'", () => {
    expect(queryPairs('=x')).toEqual([['', 'x']]);
    expect(queryPairs('a+b=%2B+c', 'literal')).toEqual([['a+b', '++c']]);
  });
});

describe('canonicalQuery', () => {
  it.each([
    ['', '', ''],
    ['b=2&a=1', 'a=1&b=2', 'a=1&b=2'],
    ['a=2&a=1&a', 'a=&a=1&a=2', 'a=&a=1&a=2'],
    [':=2&0=1', '0=1&%3A=2', '%3A=2&0=1'],
    ['a=:&a=0', 'a=0&a=%3A', 'a=%3A&a=0'],
    ['a0=3&a-=1&a=2', 'a=2&a-=1&a0=3', 'a=2&a-=1&a0=3'],
    ['%ff&%7e', '~=&%FF=', '%FF=&~='],
    ['b&B&_&10&9', '10=&9=&B=&_=&b=', '10=&9=&B=&_=&b='],
  ])('%s: sorted by decoded texts %s, by encoded texts %s', (query, decoded, encoded) => {
    const pairs = queryPairs(query)!;
    const asTheyCame = [...pairs];
    expect(canonicalQuery(pairs)).toBe(decoded);
    expect(canonicalQuery(pairs, 'decoded')).toBe(decoded);
    expect(canonicalQuery(pairs, 'encoded')).toBe(encoded);
    expect(pairs).toEqual(asTheyCame);
  });

  it('sorts by UTF-16 units like JavaScript', () => {
    const character = fc.oneof(
      fc.constantFrom('a', '~', '=', '\u00e9', '\ud7ff', '\ue000', '\ufffd', '\uffff', '\u{10000}', '\u{10ffff}'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    const text = fc.array(character, { maxLength: 3 }).map((characters) => characters.join(''));
    const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    let [cases, differing] = [0, 0];
    const property = fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), (texts) => {
      const inOrder = texts.toSorted((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
      const expected = inOrder.map((pair) => pair.map((each) => percentEncode(toWireText(each))).join('=')).join('&');
      const pairs = texts.map(([name, value]) => [toWireText(name), toWireText(value)] as const);
      expect(canonicalQuery(pairs, 'utf-16')).toBe(expected);
      cases++;
      if (canonicalQuery(pairs) !== expected) differing++;
    });
    fc.assert(property, { numRuns: 5000 });
    expect(differing / cases).toBeGreaterThan(0.05);
  });
});

describe('canonicalHeaders(), trimValue() and canonicalRequest()', () => {
  it('write one header in each line', () => {
    expect(
      canonicalHeaders([
        ['a', '1'],
        ['b', ''],
      ]),
    ).toBe('a:1\nb:\n');
    expect(canonicalHeaders([])).toBe('');
    for (const unfit of ['\n', '\r', '\u0100'])
      expect(
        canonicalHeaders([
          ['a', '1'],
          ['b', unfit],
        ]),
      ).toBeUndefined();
  });

  it.each([
    ['', ''],
    [' \t ', ''],
    ['\t a \t b\t', 'a \t b'],
    ['\n\va\xa0', '\n\va\xa0'],
  ])('trim %j to %j', (value, trimmed) => {
    expect(trimValue(value)).toBe(trimmed);
  });

  it('join the parts, with a blank line after the headers', () => {
    const parts = { method: 'M', canonicalUri: '/u/', canonicalQuery: 'q=', canonicalHeaders: 'a:1\nb:2\n' };
    for (const signedHeaders of [['a', 'b'], 'a;b']) {
      expect(canonicalRequest({ ...parts, signedHeaders, bodyHash: 'h' })).toBe('M\n/u/\nq=\na:1\nb:2\n\na;b\nh');
    }
    expect(stringToSign('date', 'hash')).toBe('SDK-HMAC-SHA256\ndate\nhash');
  });
});
