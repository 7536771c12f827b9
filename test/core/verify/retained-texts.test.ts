import { expect, it } from 'vitest';
import {
  createVerifier,
  parseSdkDate,
  type RefusalCode,
  type Verdict,
  type VerifierOptions,
  type WireRequest,
} from '../../../src/core/index.js';
import { Keyring } from '../../../src/core/keys/keyring.js';
import { received } from '../../../src/core/verify/received-request.js';
import { Verifier } from '../../../src/core/verify/verifier.js';
import { resolvePolicy } from '../../../src/core/verify/verifier.options.js';
import { largeTextsKeptBy, sliceOfLarge } from '../../support/retained-bytes.js';
import { NOW, SECRET, signed, withHeader } from '../../support/signed-request.js';

const COUNT = 40;
/** Long enough for V8 to slice it, and not to copy it. */
const keyOf = (at: number) => `a key of more than 13 characters and number ${at}`;
const names = ['x-a-header-of-more-than-13-characters', 'x-sdk-date'];

/** A good request of a key of its own, whose Authorization header is a slice of a large text; so is its date. */
function requestOf(at: number, wrongSecret?: string) {
  const headers: [string, string][] = [[names[0]!, 'value']];
  const request = signed({
    key: keyOf(at),
    target: `/${at}`,
    headers,
    signedHeaders: names,
    secret: wrongSecret ?? SECRET,
  });
  const [, authorization] = request.headers.find(([name]) => name === 'Authorization')!;
  return withHeader(request, 'Authorization', sliceOfLarge(authorization));
}

function verifyAll(options: Partial<VerifierOptions>, keep: (verdict: Verdict) => void = () => undefined): void {
  const verifier = createVerifier({ keys: () => SECRET, now: () => NOW, ...options });
  for (let at = 0; at < COUNT; at++) {
    const verdict = verifier.verify(requestOf(at)) as Verdict;
    expect(verdict.ok).toBe(true);
    keep(verdict);
  }
  kept.push(verifier);
}

/** Keeps the refusals of requests with these headers in place of their own. */
function keepRefusals(code: RefusalCode, headersOf: (request: WireRequest) => WireRequest['headers']): void {
  const verifier = createVerifier({ keys: () => SECRET, now: () => NOW });
  for (let at = 0; at < COUNT; at++) {
    const request = requestOf(at);
    const verdict = verifier.verify({ ...request, headers: headersOf(request) }) as Verdict;
    // Its message is not read here: V8 copies what it has put together when that is read.
    expect(verdict).toHaveProperty('refusal.code', code);
    kept.push(verdict);
  }
}

/** Whatever has to stay in memory until it was measured. */
let kept: unknown[] = [];

it.each<[string, () => void]>([
  ['the cache of Authorization headers', () => verifyAll({})],
  ['a memory replay store', () => verifyAll({ replayProtection: true })],
  [
    'a replay store of the application',
    () => {
      const reserve = (signature: string) => kept.push(signature) > 0;
      verifyAll({ replayProtection: true, replayStore: { reserve } });
    },
  ],
  ['a function `keys` that keeps names', () => verifyAll({ keys: (key) => (kept.push(key), SECRET) })],
  ['an application that keeps key names', () => verifyAll({}, (verdict) => kept.push(verdict.ok && verdict.key))],
  [
    'an application that keeps names of signed headers',
    () => verifyAll({}, (verdict) => kept.push(verdict.ok && verdict.signedHeaders.join(), verdict)),
  ],
  [
    'an application that keeps what refused requests say of themselves',
    () => {
      const verifier = new Verifier(new Keyring({ other: SECRET }), { now: () => NOW });
      for (let at = 0; at < COUNT; at++) {
        const verification = verifier.open(received(requestOf(at)), undefined);
        expect(verification.judge(resolvePolicy({}))).toMatchObject({ refusal: { code: 'KEY_UNKNOWN' } });
        kept.push(verification.head.untrusted.untrustedKey);
      }
    },
  ],
  [
    'an application that keeps refusals of a missing header',
    () => keepRefusals('SIGNED_HEADER_MISSING', ({ headers }) => headers.filter(([name]) => name !== names[0])),
  ],
  [
    'an application that keeps refusals of a repeated header',
    () => keepRefusals('SIGNED_HEADER_REPEATED', ({ headers }) => [...headers, [names[0]!, 'again']]),
  ],
  [
    'the date that was read last',
    () => {
      for (let at = 0; at < COUNT; at++) expect(parseSdkDate(sliceOfLarge('20260115T093045Z'))).toBe(NOW);
      const dates = ['20260115T093046Z', '20260115T093047Z'].map(sliceOfLarge);
      expect(dates.map(parseSdkDate)).toEqual([NOW + 1000, NOW + 2000]);
    },
  ],
])('keeps only the needed parts of a request in memory: %s', (_, act) => {
  kept = [];
  expect(largeTextsKeptBy(act)).toBeLessThan(1);
  kept = [];
});
