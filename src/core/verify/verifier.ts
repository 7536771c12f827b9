import { AuthorizationCache } from '../fast/authorization-cache.js';
import { Keyring } from '../keys/keyring.js';
import type { MaybePromise } from '../maybe-promise.js';
import { received, type ReceivedRequest } from './received-request.js';
import type { Verdict } from './verdict.js';
import type { VerificationSettings } from './head-verification.js';
import { Verification } from './verification.js';
import { checkOptions } from '../check-options.js';
import {
  POLICY_RULES,
  resolvePolicy,
  resolveSettings,
  SETTING_RULES,
  type Policy,
  type ResolvedPolicy,
  type VerifierOptions,
  type VerifierSettings,
} from './verifier.options.js';
import type { WireRequest } from '../scheme/wire-request.js';

/**
 * Verifies requests by one keyring and one policy.
 *
 * @category Sign and verify
 */
export class Verifier {
  readonly #settings: VerificationSettings;
  readonly #policy: ResolvedPolicy;

  constructor(keyring: Keyring, settings: VerifierSettings, policy: Policy = {}) {
    this.#settings = { ...resolveSettings(settings), keyring, authorizations: new AuthorizationCache() };
    this.#policy = resolvePolicy(policy);
  }

  /**
   * Verifies a request (docs/spec.md, Checks). Answers a verdict. It answers the promise of one only for an
   * asynchronous key look-up or replay store, or for a function that promises the body's hash. Never throws, and never
   * rejects.
   */
  verify(request: WireRequest): MaybePromise<Verdict> {
    return this.open(received(request), (request as WireRequest | undefined)?.body).judge(this.#policy);
  }

  /** @internal Opens the verification of a request that several policies are to judge. Its age is measured here. */
  open(request: ReceivedRequest, body: WireRequest['body']): Verification {
    return new Verification(request, body, this.#settings, this.#settings.now());
  }
}

/**
 * A verifier for these options. Throws a TypeError at once for a wrong one; the message shows no secret.
 *
 * @category Sign and verify
 */
export function createVerifier(options: VerifierOptions): Verifier {
  checkOptions(options, {
    keys: ['secrets by key name, or a function', () => true],
    ...SETTING_RULES,
    ...POLICY_RULES,
  });
  return new Verifier(new Keyring(options.keys), options, options);
}

/**
 * Creates a verifier and verifies one request: see {@link createVerifier} and {@link Verifier.verify}. Throws a TypeError
 * for `replayProtection` without a `replayStore` too: one of its own would be forgotten with the verifier.
 *
 * @category Sign and verify
 */
export function verifyRequest(request: WireRequest, options: VerifierOptions): MaybePromise<Verdict> {
  const verifier = createVerifier(options);
  if (options.replayProtection && !options.replayStore) {
    throw new TypeError('replayStore: expected with replayProtection, where each request has a verifier of its own');
  }
  return verifier.verify(request);
}
