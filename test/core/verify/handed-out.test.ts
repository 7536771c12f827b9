import { describe, expect, it } from 'vitest';
import {
  createVerifier,
  explainMismatch,
  parseAuthorization,
  REFUSAL_CODES,
  signRequest,
  type WireRequest,
} from '../../../src/core/index.js';
import { copyOf, poison } from '../../support/handed-out.js';
import { draft, KEY, NOW, SECRET, signed, toWire, withHeader } from '../../support/signed-request.js';

const KEYS = { [KEY]: [SECRET, 'older secret'] };

/** Requests of one key, and what is handed out of each in turn: what came before must not show. */
const requests: readonly (readonly [what: string, request: WireRequest])[] = [
  ['a request', signed()],
  ['a request with more signed headers', signed({ headers: [['X-A', '1']] })],
  ['an unsigned body', signed({ headers: [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']] })],
  ['an older secret', signed({ secret: 'older secret' })],
  ['no Authorization', { ...draft() }],
  ['a wrong signature', toWire(draft({ secret: 'wrong' }))],
  ['an absent header', toWire(draft({ signedHeaders: ['x-sdk-date', 'x-b'] }))],
  ['a target that is ambiguous', signed({ target: '/%61' })],
  ['an old date', signed({ date: '20200101T000000Z' })],
  ['a body that is another', { ...signed({ body: Buffer.from('a') }), body: Buffer.from('b') }],
];

describe('changes to the results of a verifier do not change later results', () => {
  it.each(requests)('%s', (_, request) => {
    const verifier = createVerifier({ keys: KEYS, now: () => NOW });
    const expected = copyOf(createVerifier({ keys: KEYS, now: () => NOW }).verify(request));
    for (const _turn of ['first', 'from the cache', 'once more']) {
      const verdict = verifier.verify(request);
      expect(verdict).toEqual(expected);
      poison(verdict);
    }
  });

  it('for any next request', () => {
    const verifier = createVerifier({ keys: KEYS, now: () => NOW, replayProtection: false });
    const verdicts = () => requests.map(([, request]) => verifier.verify(request));
    const expected = copyOf(verdicts());
    for (const verdict of verdicts()) poison(verdict);
    expect(verdicts()).toEqual(expected);
  });

  it('and the verifier does not change its options or the secrets of a function', () => {
    const options = { keys: { [KEY]: [SECRET] }, allowedKeys: [KEY], requiredSignedHeaders: ['host'] };
    const verifier = createVerifier({ ...options, now: () => NOW });
    poison(options);
    expect(verifier.verify(signed())).toMatchObject({ ok: true });
    const secrets = [SECRET];
    const lookingUp = createVerifier({ keys: () => secrets, now: () => NOW });
    expect(lookingUp.verify(signed())).toMatchObject({ ok: true });
    expect(secrets).toEqual([SECRET]);
  });
});

describe('changes to a result do not change the next result of', () => {
  const request = { method: 'GET', target: '/a?b=c', headers: [['Host', 'h']] as [string, string][] };
  const wrong = withHeader(signed(), 'Host', 'other.example.com');
  it.each<[string, () => unknown]>([
    ['signRequest', () => signRequest(request, { key: KEY, secret: SECRET, date: NOW })],
    ['parseAuthorization', () => parseAuthorization(new Map(signed().headers).get('Authorization')!)],
    ['explainMismatch', () => explainMismatch(wrong, { keys: KEYS, arrival: NOW })],
    ['REFUSAL_CODES', () => REFUSAL_CODES],
  ])('%s', (_, ask) => {
    const expected = copyOf(ask());
    poison(ask());
    expect(ask()).toEqual(expected);
  });
});
