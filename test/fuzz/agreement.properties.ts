/** The verifier and a naive one, written from docs/spec.md alone, say the same of every request. */
import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { createVerifier, type Verdict, type VerifierOptions, type WireRequest } from '../../src/core/index.js';
import type { NaiveRequest } from '../support/naive-signature.js';
import { naiveVerdict, type NaiveSettings } from '../support/naive-verdict.js';
import { KEYS, odd, settings, signable } from '../support/requests.arbitrary.js';
import { draft, NOW, toWire } from '../support/signed-request.js';
import { property } from './property.js';

const secrets = new Map(Object.entries(KEYS).map(([key, value]) => [key, [value].flat()]));

/** The verdict of a verifier with these keys. Throws if it is a promise: there is nothing to wait for. */
export function verdictOf(request: WireRequest, options: Partial<VerifierOptions> = {}): Verdict {
  const verdict = createVerifier({ keys: KEYS, now: () => NOW, ...options }).verify(request);
  if (verdict instanceof Promise) throw new Error('there is nothing to wait for');
  return verdict;
}

/** A verdict in one word, as the naive verifier says it. */
export function codeOf(verdict: Verdict): string {
  if (!verdict.ok) return verdict.refusal.code;
  return verdict.bodyVerified ? 'OK' : 'OK_BODY_UNVERIFIED';
}

function agreeOn(request: NaiveRequest, options: Omit<NaiveSettings, 'secrets' | 'now'>): string {
  const code = codeOf(verdictOf(request, options));
  assert.equal(code, naiveVerdict(request, { ...options, secrets, now: NOW }));
  return code;
}

/** On requests that were signed well, by every official dialect; where there is a prefix, a proxy took it off. */
export const agreeOnSignable = property(fc.tuple(signable, settings), ([changes, options]) => {
  const { target } = draft(changes);
  const sent = toWire(draft({ ...changes, target: (options.pathPrefix ?? '') + target }));
  return agreeOn({ ...sent, target }, options);
});

/** On requests that nobody honest would send; where there is a prefix, no proxy took it off. */
export const agreeOnOdd = property(fc.tuple(odd, settings), ([changes, options]) =>
  agreeOn(toWire(draft(changes)), options),
);
