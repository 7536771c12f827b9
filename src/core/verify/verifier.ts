import { AuthorizationCache } from '../fast/authorization-cache.js';
import { Keyring, type ReadKeyring } from '../keys/keyring.js';
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

  constructor(keyring: ReadKeyring, settings: VerifierSettings, policy: Policy = {}) {
    this.#settings = { ...resolveSettings(settings), keyring, authorizations: new AuthorizationCache() };
    this.#policy = resolvePolicy(policy);
  }

  /**
   * Verifies a request (docs/spec.md, Checks). Returns a verdict. It returns a promise of the verdict only if the keys,
   * the replay store or the body's hash come as a promise. Never throws, and never rejects.
   */
  verify(request: WireRequest): MaybePromise<Verdict> {
    return this.open(received(request), (request as WireRequest | undefined)?.body).judge(this.#policy);
  }

  /**
   * @internal Opens the verification of a request that several policies may judge. The request's age is measured here.
   */
  open(request: ReceivedRequest, body: WireRequest['body']): Verification {
    return new Verification(request, body, this.#settings, this.#settings.now());
  }
}

/**
 * A verifier for these options. Throws a TypeError for a wrong option; the message shows no secret.
 *
 * @example
 * ```ts
 * const verifier = createVerifier({ keys: { signature_key1: process.env.APIG_SECRET! }, replayProtection: true });
 *
 * export async function isFromGateway(request: WireRequest) {
 *   const verdict = await verifier.verify(request);
 *   return verdict.ok && verdict.signedHeaders.includes('host');
 * }
 * ```
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
 * Creates a verifier and verifies one request: see {@link createVerifier} and {@link Verifier.verify}. Throws a
 * TypeError for a wrong option. `replayProtection` needs a `replayStore` here, because the default store is lost with
 * the verifier.
 *
 * @example
 * ```ts
 * export async function keyOf(request: WireRequest) {
 *   const verdict = await verifyRequest(request, { keys: { signature_key1: process.env.APIG_SECRET! } });
 *   if (!verdict.ok) throw new Error(verdict.refusal.message);
 *   return verdict.key;
 * }
 * ```
 * @category Sign and verify
 */
export function verifyRequest(request: WireRequest, options: VerifierOptions): MaybePromise<Verdict> {
  const verifier = createVerifier(options);
  if (options.replayProtection && !options.replayStore) {
    throw new TypeError('replayStore: expected with replayProtection, where each request has a verifier of its own');
  }
  return verifier.verify(request);
}
