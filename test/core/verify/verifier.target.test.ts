import { describe, expect, it } from 'vitest';
import type { VerifierOptions } from '../../../src/core/index.js';
import type { TargetAmbiguity } from '../../../src/core/verify/request-target.js';
import { refused } from '../../support/refusals.js';
import { naiveCanonicalRequest, naiveSignatureOf } from '../../support/naive-signature.js';
import {
  DATE,
  draft,
  KEY,
  SECRET,
  signed,
  toWire,
  verdictOn,
  withHeader,
  type Draft,
} from '../../support/signed-request.js';

type Options = Partial<VerifierOptions>;

const passed = expect.objectContaining({ ok: true, key: KEY });

/** Signed for one target, sent to another. */
function swapped(signedFor: string, sentTo: string, dialect: Draft['dialect'] = { order: 'decoded', plus: 'space' }) {
  return { ...toWire(draft({ target: signedFor, dialect })), target: sentTo };
}

describe('a target that can be read in one way only', () => {
  it.each([
    '/',
    '//',
    '/a//b/',
    '/./../a/..',
    "/+;:@!$&'()*,=~-_.",
    '/%20%25%2B%C3%A9%FF%00%2e%7e%5f%2d',
    '/%2541',
    '/\xc3\xa9\xff?\xc3\xa9=\xff',
    '/?',
    '/?&&a&&',
    '/?=',
    '/?a&a=&a==&a=1&a=0',
    '/?%61=%41&%2f=%2F',
    '/?a=?&b=/&c=//',
    '/?__proto__=1&constructor=2&toString=3&__proto__=0&hasOwnProperty',
  ])('%s passes', (target) => {
    expect(verdictOn(signed({ target }))).toEqual(passed);
  });
});

describe('row 6b of docs/spec.md', () => {
  const badEscapes = ['/%', '/a%2', '/%zz', '/%%41', '/% 1', '/?%', '/?a=%2', '/?a=1&%zz=', '/?a=%g0', '/?a=%u0041'];
  const nameless = ['/?=v', '/?a=1&=v', '/?==', '/?a&&=v&b'];
  const fragments = ['/#', '/a#b', '/?#', '/?a=1#b'];
  const notRooted = ['', '?a=1', '*', 'a', ' /', 'http://example.com/', 'example.com:443', '%2F', '\\a'];
  const letters = ['/users/%6de', '/%41', '/%5A', '/%5a', '/%61', '/%7A', '/%7a', '/%4F', '/%6f', '/%50', '/%70'];
  const digits = ['/%30', '/%39', '/a/%31/b?c'];
  const slashes = ['/a%2Fb', '/a%2fb', '/%2F', '/a/%2F/?b'];
  const notBytes = ['/\u0141', '/?a=\u0141', '/?\u0141'];
  const causes = { badEscapes, nameless, fragments, notRooted, letters, digits, slashes, notBytes };
  const REASONS: Readonly<Record<keyof typeof causes, TargetAmbiguity | RegExp>> = {
    badEscapes: /^bad percent escape in the (path|query)$/,
    nameless: 'query value without a name',
    fragments: 'raw # in the target',
    notRooted: 'no slash at the start of the target',
    letters: 'encoded letter or digit in the path',
    digits: 'encoded letter or digit in the path',
    slashes: 'encoded slash in the path',
    notBytes: /^bad percent escape in the (path|query)$/,
  };
  const targets = Object.entries(causes).flatMap(([cause, list]) => list.map((target) => [cause, target] as const));

  it.each(targets)('refuses %s: %j', (cause, target) => {
    const verdict = verdictOn(signed({ target }));
    expect(verdict).toEqual(refused('TARGET_AMBIGUOUS'));
    expect(verdict).toMatchObject({
      refusal: { reason: expect.stringMatching(REASONS[cause as keyof typeof causes]) },
    });
  });

  it.each(['/%2F', '/%40', '/%5B', '/%60', '/%7B', '/%3A', '/%5b', '/%7b', '/%C1', '/%E1', '/?%41=%30'])(
    'accepts %s, which has no encoded letter or digit',
    (target) => {
      expect(verdictOn(signed({ target }), { encodedSlash: 'accept' })).toEqual(passed);
    },
  );

  it('refuses a request without a target', () => {
    expect(verdictOn({ ...signed(), target: undefined as unknown as string })).toEqual(
      refused('TARGET_AMBIGUOUS', '', 'no target'),
    );
  });

  it.each(['get', 'Get', 'M-SEARCH', '_'])('accepts the method %s, which is signed in upper case', (method) => {
    expect(verdictOn(signed({ method }))).toEqual(passed);
    expect(verdictOn({ ...signed({ method }), method: method.toUpperCase() })).toEqual(passed);
  });

  it.each(['', 'GE T', 'GET\n', 'GET ', '\u0131', 'G\xcbT'])('refuses a method that is not a token: %j', (method) => {
    expect(verdictOn(signed({ method }))).toEqual(refused('TARGET_AMBIGUOUS', '', 'no token for a method'));
  });
});

describe('queryPieces', () => {
  const pieces = (count: number) => '/?' + Array(count).fill('a=1').join('&');
  const empty = (count: number) => '/?' + '&'.repeat(count - 1);

  it.each<[what: string, target: string, queryPieces: number | undefined, passes: boolean]>([
    ['1,000 pieces, by default', pieces(1000), undefined, true],
    ['1,001 pieces, by default', pieces(1001), undefined, false],
    ['1,000 empty pieces, by default', empty(1000), undefined, true],
    ['1,001 empty pieces, by default', empty(1001), undefined, false],
    ['999 empty pieces and a full one', empty(1000) + 'a=1', undefined, true],
    ['1,000 empty pieces and a full one', empty(1001) + 'a=1', undefined, false],
    ['1,001 pieces under 1,001', pieces(1001), 1001, true],
    ['2 pieces under 1', pieces(2), 1, false],
    ['a piece and an empty one under 1', '/?a&', 1, false],
    ['a piece under 1', '/?a', 1, true],
    ['an empty query under 0', '/?', 0, true],
    ['no query under 0', '/', 0, true],
    ['a piece under 0', '/?a', 0, false],
  ])('counts %s', (_, target, queryPieces, passes) => {
    const expected = passes ? passed : refused('TARGET_AMBIGUOUS', '', 'too many query pieces');
    expect(verdictOn(signed({ target }), { queryPieces })).toEqual(expected);
  });

  it.each<[target: string, reason: TargetAmbiguity]>([
    ['/?=v', 'query value without a name'],
    ['/?=&%', 'bad percent escape in the query'],
    ['/%?=', 'bad percent escape in the path'],
  ])('does not hide another problem: %s', (target, reason) => {
    const queryPieces = target.split('&').length;
    expect(verdictOn(signed({ target }), { queryPieces })).toEqual(refused('TARGET_AMBIGUOUS', '', reason));
  });
});

describe('encodedSlash', () => {
  it("'accept' takes an encoded slash, which is signed like a plain slash", () => {
    expect(verdictOn(swapped('/a/b', '/a%2Fb'), { encodedSlash: 'accept' })).toEqual(passed);
  });

  it.each(['/%6d', '/%', '/a#'])("'accept' does not take %s", (target) => {
    expect(verdictOn(signed({ target }), { encodedSlash: 'accept' })).toEqual(refused('TARGET_AMBIGUOUS'));
  });
});

describe('plusInQuery', () => {
  const space = { order: 'decoded', plus: 'space' } as const;
  const literal = { order: 'decoded', plus: 'literal' } as const;

  it.each<[Options['plusInQuery'], Draft['dialect'], string, string, boolean]>([
    [undefined, space, '/?a=1+2', '/?a=1+2', true],
    ['space', space, '/?a+b=1', '/?a%20b=1', true],
    ['space', space, '/?a=1%2B2', '/?a=1+2', false],
    ['space', literal, '/?a=1+2', '/?a=1+2', false],
    ['literal', literal, '/?a=1+2', '/?a=1+2', true],
    ['literal', literal, '/?a+b', '/?a%2Bb', true],
    ['literal', literal, '/?a=1%202', '/?a=1+2', false],
    ['literal', space, '/?a=1+2', '/?a=1+2', false],
    [undefined, space, '/a+b', '/a%2Bb', true],
    [undefined, space, '/a%20b', '/a+b', false],
    ['literal', literal, '/a%20b', '/a+b', false],
  ])('%s: a signer with %o signs %s, %s passes: %s', (plusInQuery, dialect, signedFor, sentTo, passes) => {
    const verdict = verdictOn(swapped(signedFor, sentTo, dialect), { plusInQuery });
    expect(verdict).toEqual(passes ? passed : refused('SIGNATURE_MISMATCH'));
  });
});

describe('the order of query pairs', () => {
  const decoded = { order: 'decoded', plus: 'space' } as const;
  const encoded = { order: 'encoded', plus: 'space' } as const;

  // '0' < ':' but '%3A' < '0'; '=' sorts after '-' and '0', so that whole pairs must not be compared as texts.
  it.each(['/?0=1&:=2', '/?:=2&0=1', '/?a=0&a=:', '/?a=:&a=0', '/?a-=1&a=2&a0=3', '/?a=\xff&a=~', '/?B&a&A&b'])(
    '%s passes sorted by decoded and by encoded texts',
    (target) => {
      expect(verdictOn(signed({ target, dialect: decoded }))).toEqual(passed);
      expect(verdictOn(signed({ target, dialect: encoded }))).toEqual(passed);
    },
  );
});

describe('a signature over another canonical request', () => {
  it.each([
    ['names sorted by decoded texts, values by encoded ones', '/?0=0&0=:&:', '0=0&0=%3A&%3A=', '0=%3A&0=0&%3A='],
    ['names sorted by encoded texts, values by decoded ones', '/?0=0&0=:&:', '0=0&0=%3A&%3A=', '%3A=&0=0&0=%3A'],
    ['pairs sorted as texts', '/?a-=1&a=2', '\na=2&a-=1\n', '\na-=1&a=2\n'],
    ['pairs as they came', '/?b&a', 'a=&b=', 'b=&a='],
    ['repeated names kept once', '/?a=1&a=2', 'a=1&a=2', 'a=2'],
    ['a piece without equals sign', '/?a', '\na=\n', '\na\n'],
    ['lower-case escapes', '/?a=%c3', '%C3', '%c3'],
    ['a plus for a space', '/?a=%20', '%20', '+'],
    ['reserved characters left as they are', "/?a='", '%27', "'"],
    ['unreserved characters encoded', '/?a=~', '~', '%7E'],
    ['a path without slash at its end', '/a', '/a/', '/a'],
    ['a path encoded twice', '/%20', '%20', '%2520'],
    ['a path as it came', '/a:b', 'a%3Ab', 'a:b'],
    ['no blank line after the headers', '/', '\n\nhost', '\nhost'],
    ['a lower-case method', '/', 'GET', 'get'],
    ['a header more', '/', 'host;', 'host;x-a;'],
  ])('%s: is refused', (_, target, right, wrong) => {
    const request = signed({ target });
    const text = naiveCanonicalRequest(request, ['host', 'x-sdk-date'], { order: 'decoded', plus: 'space' })!;
    expect(text.toString('latin1')).toContain(right);
    const withSignatureOf = (canonicalRequest: string) => {
      const signature = naiveSignatureOf(Buffer.from(canonicalRequest, 'latin1'), Buffer.from(DATE), SECRET);
      const authorization = `SDK-HMAC-SHA256 Access=${KEY}, SignedHeaders=host;x-sdk-date, Signature=${signature}`;
      return withHeader(request, 'Authorization', authorization);
    };
    expect(verdictOn(withSignatureOf(text.toString('latin1')))).toEqual(passed);
    const another = text.toString('latin1').replace(right, () => wrong);
    expect(verdictOn(withSignatureOf(another))).toEqual(refused('SIGNATURE_MISMATCH'));
  });
});

describe('a change that official verifiers accept', () => {
  it.each([
    ['a double-encoded query', '/?a=%2520', '/?a=%20'],
    ['a query encoded once less', '/?a=%20', '/?a=%2520'],
    ['collapsed slashes', '/a/b', '/a//b'],
    ['doubled slashes', '/a//b', '/a/b'],
    ['a leading double slash', '/a', '//a'],
    ['a dropped first segment', '/b', '/a/b'],
    ['an added first segment', '/a/b', '/b'],
    ['resolved dot segments', '/b', '/a/../b'],
    ['dot segments', '/a/./b', '/a/b'],
    ['a literal plus', '/?a=1%2B2', '/?a=1+2'],
    ['another case', '/a', '/A'],
    ['a dropped value', '/?a=1', '/?a'],
    ['a dropped name', '/?a=1&a=2', '/?a=2'],
    ['a dropped query', '/?a', '/'],
    ['names and values apart', '/?a=b&c', '/?a&b=c'],
    ['a second equals sign', '/?a=b', '/?a==b'],
    ['a query in the path', '/a?b', '/a%3Fb'],
    ['two final slashes', '/a/', '/a//'],
  ])('is refused: %s', (_, signedFor, sentTo) => {
    expect(verdictOn(swapped(signedFor, sentTo))).toEqual(refused('SIGNATURE_MISMATCH'));
  });

  it.each([
    ['a final slash', '/a', '/a/'],
    ['no final slash', '/a/', '/a'],
    ['the spelling of escapes', '/%C3%A9?a=%C3%A9', '/\xc3\xa9?%61=%c3%a9'],
    ['the order of equal names', '/?a=1&b=2&a=3', '/?a=3&a=1&b=2'],
    ['empty pieces', '/?a&b', '/?&a=&&b&'],
    ['a lone question mark', '/a', '/a?'],
  ])('is accepted if the signature does not cover it: %s', (_, signedFor, sentTo) => {
    expect(verdictOn(swapped(signedFor, sentTo))).toEqual(passed);
  });
});
