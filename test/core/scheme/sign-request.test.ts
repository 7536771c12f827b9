import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatSdkDate, signRequest, type RequestToSign, type SignOptions } from '../../../src/core/index.js';
import { naiveSignature } from '../../support/naive-signature.js';
import { DATE, KEY, NOW, SECRET, verdictOn } from '../../support/signed-request.js';

const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const options = { key: KEY, secret: SECRET, date: NOW };

function sign(request: Partial<RequestToSign> = {}, changes: Partial<SignOptions> = {}) {
  return signRequest(
    { method: 'GET', target: '/hello', headers: [['Host', 'h']], ...request },
    { ...options, ...changes },
  );
}

describe('signRequest', () => {
  it('reproduces the example of the documentation', () => {
    const signed = signRequest(
      {
        method: 'GET',
        target: '/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0',
        headers: [
          ['Host', 'service.region.example.com'],
          ['Content-Type', 'application/json'],
          ['X-Sdk-Date', '20191115T033655Z'],
        ],
      },
      { key: 'QTWAOYTTINDUT2QVKYUC', secret: 'MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc' },
    );
    expect(signed.authorization).toBe(
      'SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, SignedHeaders=content-type;host;x-sdk-date, ' +
        'Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe',
    );
  });

  it('returns every text and every header to send', () => {
    const request = {
      method: 'post',
      target: '/a b?b=2&a',
      headers: [
        ['Host', 'h'],
        ['X-A', ' v '],
      ],
      body: Buffer.from('b'),
    } as const;
    const hash = '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d';
    const signedRequest = sign(request);
    const signature = naiveSignature({ ...request, headers: [...request.headers, ['X-Sdk-Date', DATE]] }, SECRET, [
      'host',
      'x-a',
      'x-sdk-date',
    ])!;
    const authorization = `SDK-HMAC-SHA256 Access=${KEY}, SignedHeaders=host;x-a;x-sdk-date, Signature=${signature}`;
    expect(signedRequest).toEqual({
      authorization,
      headers: [
        ['Host', 'h'],
        ['X-A', ' v '],
        ['X-Sdk-Date', DATE],
        ['Authorization', authorization],
      ],
      canonicalRequest: `POST\n/a%20b/\na=&b=2\nhost:h\nx-a:v\nx-sdk-date:${DATE}\n\nhost;x-a;x-sdk-date\n${hash}`,
      stringToSign: expect.stringMatching(`^SDK-HMAC-SHA256\n${DATE}\n[0-9a-f]{64}$`) as unknown,
    });
  });

  describe('the date', () => {
    beforeEach(() => void vi.useFakeTimers({ now: NOW + 999, toFake: ['Date'] }));
    afterEach(() => void vi.useRealTimers());

    it.each<[string, SignOptions['date']]>([
      ['a number', NOW],
      ['a Date', new Date(NOW)],
      ['now, without the option date', undefined],
    ])('is added if there is no X-Sdk-Date: %s', (_, date) => {
      expect(sign({}, { date }).headers).toContainEqual(['X-Sdk-Date', DATE]);
    });

    it('of the request is kept, in any case of its name', () => {
      const { headers, stringToSign } = sign({ headers: [['x-sdk-DATE', '20200101T000000Z']] }, { date: undefined });
      expect(headers.slice(0, -1)).toEqual([['x-sdk-DATE', '20200101T000000Z']]);
      expect(stringToSign).toContain('\n20200101T000000Z\n');
    });

    it('may be the last date with a year of four digits', () => {
      expect(sign({}, { date: 253_402_300_799_999 }).headers).toContainEqual(['X-Sdk-Date', '99991231T235959Z']);
    });

    it.each([NaN, new Date('never'), 8.64e15 + 1, 253_402_300_800_000, '20260115T093045Z', String(NOW)])(
      'refuses %s, and says what it expects',
      (date) => {
        const message = 'date: expected a Date, or milliseconds since 1970';
        expect(() => sign({}, { date: date as number })).toThrow(new TypeError(message));
      },
    );

    it('replaces the date of the request, so that a retry can be signed again', () => {
      const stale: [string, string] = ['X-SDK-Date', '20200101T000000Z'];
      const { headers, stringToSign } = sign({ headers: [stale, stale] }, { date: NOW });
      expect(headers.slice(0, -1)).toEqual([['X-Sdk-Date', DATE]]);
      expect(stringToSign).toContain(`\n${DATE}\n`);
    });

    it('comes from the clock if neither the request nor the option has one', () => {
      const options = { date: undefined, now: () => NOW };
      expect(sign({}, options).headers).toContainEqual(['X-Sdk-Date', DATE]);
      expect(sign({ headers: [['X-Sdk-Date', '20200101T000000Z']] }, options).headers).not.toContainEqual([
        'X-Sdk-Date',
        DATE,
      ]);
    });
  });

  it.each<[string, SignOptions['date']]>([
    ['a date', NOW],
    ['none', undefined],
  ])('replaces an Authorization header and does not sign it; the option date is %s', (_, date) => {
    const { headers, authorization } = sign(
      {
        headers: [
          ['Host', 'h'],
          ['authorization', 'old'],
          ['AUTHORIZATION', 'older'],
        ],
      },
      { date, now: () => NOW },
    );
    expect(headers).toEqual([
      ['Host', 'h'],
      ['X-Sdk-Date', DATE],
      ['Authorization', authorization],
    ]);
    expect(authorization).toContain('SignedHeaders=host;x-sdk-date,');
  });

  it('signs the chosen headers, in lower case and sorted', () => {
    const headers = [
      ['X-B', '1'],
      ['X-A', '2'],
      ['x-c', '3'],
    ] as const;
    const { authorization, canonicalRequest } = sign({ headers }, { signedHeaders: ['X-Sdk-Date', 'x-c', 'X-A'] });
    expect(authorization).toContain('SignedHeaders=x-a;x-c;x-sdk-date,');
    expect(canonicalRequest).toContain(`\nx-a:2\nx-c:3\nx-sdk-date:${DATE}\n\nx-a;x-c;x-sdk-date\n`);
  });

  it.each([
    [undefined, EMPTY_HASH],
    [['X-Sdk-Date', 'x-sdk-content-sha256'], 'UNSIGNED-PAYLOAD'],
    [['X-Sdk-Date'], '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d'],
  ])('uses a declared body hash if it is signed: %j', (signedHeaders, hash) => {
    const headers = signedHeaders ? ([['X-Sdk-Content-Sha256', ' UNSIGNED-PAYLOAD']] as const) : [];
    const body = signedHeaders && Buffer.from('b');
    expect(sign({ headers, body }, { signedHeaders }).canonicalRequest.split('\n').at(-1)).toBe(hash);
  });

  it('sends the UTF-8 bytes of ordinary text', () => {
    const target = '/caf\u00e9/\u20ac?\ud83d\ude00=\u00fc';
    const { headers, canonicalRequest } = sign({ target, headers: [['X-A', '\u00e9\u20ac']] });
    expect(headers[0]).toEqual(['X-A', '\xc3\xa9\xe2\x82\xac']);
    expect(canonicalRequest).toContain('GET\n/caf%C3%A9/%E2%82%AC/\n%F0%9F%98%80=%C3%BC\nx-a:\u00e9\u20ac\n');
    const onTheWire = Buffer.from(target).toString('latin1');
    expect(verdictOn({ method: 'GET', target: onTheWire, headers })).toMatchObject({ ok: true });
  });

  it('does not change its arguments', () => {
    const request: RequestToSign = Object.freeze({
      method: 'GET',
      target: '/',
      headers: Object.freeze([['Host', 'h']] as const),
    });
    const signedHeaders = Object.freeze(['x-sdk-date', 'host']);
    expect(signRequest(request, { ...options, signedHeaders }).headers).toHaveLength(3);
  });
});

describe('signRequest refuses', () => {
  const BAD_KEY = 'key: expected 1 to 128 printable ASCII characters, no comma';
  const NO_SECRET = 'secret: expected a non-empty string';
  const twice = [
    ['X-A', '1'],
    ['x-a', '2'],
  ] as const;

  it.each<[string, Partial<RequestToSign>, Partial<Record<keyof SignOptions, unknown>>, string]>([
    ['a bad escape in the path', { target: '/%zz' }, {}, 'target: bad percent escape in the path'],
    ['a bad escape in the query', { target: '/?a=%2' }, {}, 'target: bad percent escape in the query'],
    [
      'an absent header',
      {},
      { signedHeaders: ['X-B'] },
      'headers: x-b is to be signed, but the request does not have it',
    ],
    [
      'Authorization as a signed header',
      {},
      { signedHeaders: ['Authorization'] },
      'headers: authorization is to be signed, but the request does not have it',
    ],
    ['a header on two lines', { headers: twice }, {}, 'headers: x-a appears 2 times; a signed header must appear once'],
    [
      'an absent header named like a member of objects',
      {},
      { signedHeaders: ['__proto__'] },
      'headers: __proto__ is to be signed, but the request does not have it',
    ],
    ['a name that is not a header name', { headers: [['a b', '']] }, {}, 'headers: "a b" is not a header name'],
    ['an empty name', {}, { signedHeaders: [''] }, 'headers: "" is not a header name'],
    ['a line feed', { headers: [['X-A', 'a\nb']] }, {}, 'headers: a line break in a value'],
    ['a carriage return', { headers: [['X-A', 'a\rb']] }, {}, 'headers: a line break in a value'],
    ['an empty key', {}, { key: '' }, BAD_KEY],
    ['a key with a comma', {}, { key: 'a,b' }, BAD_KEY],
    ['a key beyond ASCII', {}, { key: 'caf\u00e9' }, BAD_KEY],
    ['a key that is too long', {}, { key: 'x'.repeat(129) }, BAD_KEY],
    ['no key', {}, { key: undefined }, BAD_KEY],
    ['an empty secret', {}, { secret: '' }, NO_SECRET],
    ['no secret', {}, { secret: undefined }, NO_SECRET],
    ['a secret of NUL characters only', {}, { secret: '\0\0' }, NO_SECRET],
    ['a secret that is not a text', {}, { secret: Buffer.from(SECRET) }, NO_SECRET],
  ])('%s', (_, request, changes, message) => {
    expect(() => sign(request, changes as Partial<SignOptions>)).toThrow(new TypeError(message));
  });

  it('accepts such a value in a header that is not signed', () => {
    const signed = sign({ headers: twice }, { signedHeaders: ['x-sdk-date'] });
    expect(verdictOn({ method: 'GET', target: '/hello', headers: signed.headers })).toMatchObject({ ok: true });
  });
});

describe('formatSdkDate', () => {
  it('drops fractions of a second', () => {
    expect(formatSdkDate(new Date(NOW + 999))).toBe(DATE);
  });
});
