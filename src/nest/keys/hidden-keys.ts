import { createHmac, randomBytes } from 'node:crypto';
import type { Keys } from '../../core/keys/keyring.js';
import type { ApigSignatureOptions } from '../apig-signature.options.js';

const FINGERPRINT_KEY = randomBytes(32);

const hiddenKeys = new WeakMap<object, unknown>();

/** The keys of options, hidden or not. */
export function keysOf(options: ApigSignatureOptions): Keys | undefined {
  return hiddenKeys.has(options) ? (hiddenKeys.get(options) as Keys | undefined) : options.keys;
}

/** The options with keys that {@link keysOf} finds, and that no inspection and no log of them shows. */
export function hideKeys(options: unknown): unknown {
  // Not an object: `checkOptions` rejects it.
  if (typeof options !== 'object' || options === null) return options;
  const { keys, ...others } = options as { keys?: unknown };
  hiddenKeys.set(others, keys);
  // Under `deep-hash` Nest takes modules for one whose options read alike: other keys must read otherwise.
  return Object.defineProperty(others, 'toJSON', { value: () => ({ ...others, keys: fingerprintOf(keys) }) });
}

/** A factory of options that hides the keys of what it makes. */
export function hidingKeysOf<A extends unknown[]>(useFactory: (...args: A) => unknown): (...args: A) => unknown {
  const hiding = async (...args: A) => hideKeys(await useFactory(...args));
  // As above: a factory reads as its own text.
  return Object.assign(hiding, { toString: () => useFactory.toString() });
}

/** Tells keys apart within this process, and says nothing about them elsewhere. */
function fingerprintOf(keys: unknown): string | undefined {
  if (keys === undefined) return undefined;
  const text = typeof keys === 'function' ? String(keys) : JSON.stringify(keys);
  return createHmac('sha256', FINGERPRINT_KEY).update(text).digest('hex');
}
