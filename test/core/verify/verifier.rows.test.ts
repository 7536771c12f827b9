import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createVerifier, formatSdkDate, type RefusedRequest } from '../../../src/core/index.js';
import { refused } from '../../support/refusals.js';
import { DATE, draft, KEY, NOW, SECRET, signed, toWire, verdictOn, type Draft } from '../../support/signed-request.js';

/** Answers whether a signature comes for the first time. */
const reserve = vi.fn(() => true);
beforeEach(() => void reserve.mockReset().mockReturnValue(true));

const verifier = createVerifier({
  keys: { [KEY]: SECRET },
  requiredSignedHeaders: ['X-App'],
  signedIfPresent: ['X-Tenant'],
  unsignedPayload: 'refuse',
  replayProtection: true,
  replayStore: { reserve },
  now: () => NOW,
});

const goodDraft = () => draft({ headers: [['X-App', '1']] });

function resend(request: Draft, change: (line: string) => string[]): void {
  const { send } = request;
  request.send = (authorization) => send(authorization).flatMap(change);
}

function unsign(request: Draft, name: string): void {
  request.signedHeaders = request.signedHeaders.filter((each) => each !== name);
}

function setHeader(request: Draft, name: string, value: string): void {
  request.headers = [...request.headers.filter(([each]) => each !== name), [name, value]];
}

function declareBodyHash(request: Draft, value: string): void {
  setHeader(request, 'x-sdk-content-sha256', value);
  request.signedHeaders = [...new Set([...request.signedHeaders, 'x-sdk-content-sha256'])];
}

const someHash = createHash('sha256').update('some other body').digest('hex');

/** One fault for each row of docs/spec.md, in its order. */
const ROWS: readonly (readonly [row: string, expected: RefusedRequest, fault: (request: Draft) => void])[] = [
  ['1: no Authorization', refused('AUTHORIZATION_MISSING'), (request) => resend(request, () => [])],
  ['2: malformed', refused('AUTHORIZATION_MALFORMED'), (request) => resend(request, (line) => [line + ' x'])],
  ['3: unknown key', refused('KEY_UNKNOWN'), (request) => void (request.key = 'nobody')],
  [
    '4: absent header',
    refused('SIGNED_HEADER_MISSING', 'x-absent'),
    (request) => request.signedHeaders.push('x-absent'),
  ],
  [
    '4b: two lines',
    refused('SIGNED_HEADER_REPEATED', 'host'),
    (request) => request.headers.push(['HOST', 'b.example']),
  ],
  ['4c: unsigned', refused('HEADER_NOT_SIGNED', 'x-app'), (request) => unsign(request, 'x-app')],
  ['5: date unsigned', refused('DATE_MISSING'), (request) => unsign(request, 'x-sdk-date')],
  ['5b: no date', refused('DATE_MALFORMED'), (request) => setHeader(request, 'X-Sdk-Date', '2026-01-15')],
  ['6: too old', refused('SIGNATURE_EXPIRED'), (request) => setHeader(request, 'X-Sdk-Date', '20260115T091544Z')],
  ['6b: ambiguous', refused('TARGET_AMBIGUOUS'), (request) => void (request.target = '/hello#there')],
  ['7: wrong secret', refused('SIGNATURE_MISMATCH'), (request) => void (request.secret = 'another secret')],
  ['8: false body hash', refused('BODY_HASH_MISMATCH'), (request) => declareBodyHash(request, someHash)],
  ['8b: no body hash', refused('UNSIGNED_PAYLOAD'), (request) => declareBodyHash(request, 'UNSIGNED-PAYLOAD')],
  ['9: replayed', refused('REPLAYED'), () => void reserve.mockReturnValueOnce(false)],
];

describe('the rows of docs/spec.md', () => {
  it('accept a good request', () => {
    expect(verifier.verify(toWire(goodDraft()))).toEqual({
      ok: true,
      key: KEY,
      secretIndex: 0,
      signedHeaders: ['host', 'x-app', 'x-sdk-date'],
      date: new Date(NOW),
      bodyVerified: true,
    });
  });

  it.each(ROWS)('%s', (row, expected, fault) => {
    const request = goodDraft();
    fault(request);
    expect(verifier.verify(toWire(request))).toEqual(expected);
    expect(reserve).toHaveBeenCalledTimes(row.startsWith('9') ? 1 : 0);
  });

  const pairs = ROWS.flatMap(([row, expected, fault], at) =>
    ROWS.slice(at + 1).map(([laterRow, , laterFault]) => [row, laterRow, expected, fault, laterFault] as const),
  );
  it.each(pairs)('%s, before %s', (_row, _laterRow, expected, fault, laterFault) => {
    const request = goodDraft();
    laterFault(request);
    fault(request);
    expect(verifier.verify(toWire(request))).toEqual(expected);
    expect(reserve).not.toHaveBeenCalled();
  });
});

/** Causes beyond the one of its row above. */
const CAUSES: readonly (readonly [cause: string, expected: RefusedRequest, change: Partial<Draft>])[] = [
  ['1: empty', refused('AUTHORIZATION_MISSING'), { send: () => [''] }],
  ['1: blank', refused('AUTHORIZATION_MISSING'), { send: () => [' \t'] }],
  ['2: sent twice, the same', refused('AUTHORIZATION_MALFORMED'), { send: (line) => [line, line] }],
  ['2: sent twice, once empty', refused('AUTHORIZATION_MALFORMED'), { send: (line) => ['', line] }],
  ['2: joined with another', refused('AUTHORIZATION_MALFORMED'), { send: (line) => [`${line}, Basic eDp5`] }],
  ['3: empty of sense', refused('KEY_UNKNOWN'), { key: ' ' }],
  ['3: in another case', refused('KEY_UNKNOWN'), { key: KEY.toUpperCase() }],
  ['4c: present and unsigned', refused('HEADER_NOT_SIGNED', 'x-tenant'), { headers: [['x-TENANT', '']] }],
  [
    '7: upper-case signature',
    refused('SIGNATURE_MISMATCH'),
    { send: (line) => [line.replace(/\w+$/, (hex) => hex.toUpperCase())] },
  ],
  ['7: shorter', refused('SIGNATURE_MISMATCH'), { send: (line) => [line.slice(0, -1)] }],
  ['7: longer', refused('SIGNATURE_MISMATCH'), { send: (line) => [line + '0'] }],
  [
    '7: a digit off',
    refused('SIGNATURE_MISMATCH'),
    { send: (line) => [line.slice(0, -1) + (line.endsWith('0') ? '1' : '0')] },
  ],
  ['7: no hex', refused('SIGNATURE_MISMATCH'), { send: (line) => [line.replace(/\w+$/, '_')] }],
];

describe('other causes', () => {
  it.each(CAUSES)('%s', (_, expected, { headers = [], ...change }) => {
    const request = draft({ headers: [['X-App', '1'], ...headers], ...change });
    unsign(request, 'x-tenant');
    expect(verifier.verify(toWire(request))).toEqual(expected);
  });

  const noDates = [
    '',
    '20260115',
    '20260115T093045',
    '20260115T093045z',
    `${DATE} x`,
    `x${DATE}`,
    '20260115T093045+00',
  ];
  const unreal = [
    '20260230T093045Z',
    '20261301T093045Z',
    '20260115T240000Z',
    '20260115T093060Z',
    '20260115T096000Z',
    '20260100T000000Z',
  ];
  it.each([...noDates, ...unreal])('5b: %j', (date) => {
    const request = goodDraft();
    setHeader(request, 'X-Sdk-Date', date);
    expect(verifier.verify(toWire(request))).toEqual(refused('DATE_MALFORMED'));
  });
});

describe('the acceptance window', () => {
  it.each([
    [900, 0, true],
    [900, 900_000, true],
    [900, -900_000, true],
    [900, 900_001, false],
    [900, 901_000, false],
    [900, -901_000, false],
    [0.001, 1, true],
    [0.001, 2, false],
    [0.5, 500, true],
    [0.5, -501, false],
    [900, NaN, false],
    [900, Infinity, false],
  ])('of %d s: a clock that is %d ms ahead of the date passes: %s', (clockSkew, ahead, passes) => {
    const verdict = verdictOn(signed(), { clockSkew, now: () => NOW + ahead });
    expect(verdict).toEqual(passes ? expect.objectContaining({ ok: true }) : refused('SIGNATURE_EXPIRED'));
  });

  it('is 900 s by default', () => {
    const verdicts = [900, -900, 901, -901].map((ahead) => verdictOn(signed(), { now: () => NOW + ahead * 1000 }));
    const [passed, expired] = [expect.objectContaining({ ok: true }), refused('SIGNATURE_EXPIRED')];
    expect(verdicts).toEqual([passed, passed, expired, expired]);
  });

  it('is compared with the signed date, which is in the verdict', () => {
    expect(verdictOn(signed(), { now: () => NOW + 60_000 })).toMatchObject({ ok: true, date: new Date(NOW) });
  });

  it("uses the system's clock by default", () => {
    const request = draft();
    setHeader(request, 'X-Sdk-Date', formatSdkDate(new Date()));
    expect(createVerifier({ keys: { [KEY]: SECRET } }).verify(toWire(request))).toMatchObject({ ok: true });
    expect(createVerifier({ keys: { [KEY]: SECRET } }).verify(signed())).toEqual(refused('SIGNATURE_EXPIRED'));
  });
});
