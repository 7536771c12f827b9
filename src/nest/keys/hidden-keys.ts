import { createHmac, randomBytes } from 'node:crypto';
import type { Keys } from '../../core/keys/keyring.js';
import type { ApigSignatureOptions } from '../apig-signature.options.js';

const FINGERPRINT_KEY = randomBytes(32);

const hiddenKeys = new WeakMap<object, unknown>();

/** The keys of options, hidden or not. */
export function keysOf(options: ApigSignatureOptions): Keys | undefined {
  return hiddenKeys.has(options) ? (hiddenKeys.get(options) as Keys | undefined) : options.keys;
}

/**
 * The options with hidden keys. {@link keysOf} finds the keys, but an inspection or a log of the options does not show
 * them.
 */
export function hideKeys(options: unknown): unknown {
  // Not an object: `checkOptions` rejects it.
  if (typeof options !== 'object' || options === null) return options;
  const { keys, ...others } = options as { keys?: unknown };
  hiddenKeys.set(others, keys);
  // Under `deep-hash` Nest treats modules with equal options as one. The fingerprint keeps different keys different.
  return Object.defineProperty(others, 'toJSON', { value: () => ({ ...others, keys: fingerprintOf(keys) }) });
}

/** A factory of options that hides the keys of its options. */
export function hidingKeysOf<A extends unknown[]>(useFactory: (...args: A) => unknown): (...args: A) => unknown {
  const hiding = async (...args: A) => hideKeys(await useFactory(...args));
  // `deep-hash` compares factories by their texts.
  return Object.assign(hiding, { toString: () => useFactory.toString() });
}

/** A text that differs for different keys within this process, and tells nothing about them elsewhere. */
function fingerprintOf(keys: unknown): string | undefined {
  if (keys === undefined) return undefined;
  const text = typeof keys === 'function' ? String(keys) : JSON.stringify(keys);
  return createHmac('sha256', FINGERPRINT_KEY).update(text).digest('hex');
}
