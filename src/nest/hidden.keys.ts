import { createHmac, randomBytes } from 'node:crypto';

const FINGERPRINT_KEY = randomBytes(32);

/** The options with keys that are read as before, and that no inspection and no log of them shows. */
export function hideKeys(options: unknown): unknown {
  // What is no object is no options: the check of options says so.
  if (typeof options !== 'object' || options === null) return options;
  const { keys, ...others } = options as { keys?: unknown };
  return Object.defineProperties(others, {
    keys: { get: () => keys },
    // Under `deep-hash` Nest takes modules for one whose options read alike: other keys must read otherwise.
    toJSON: { value: () => ({ ...others, keys: fingerprintOf(keys) }) },
  });
}

/** A factory of options that hides the keys of what it makes. */
export function hidingKeysOf<A extends unknown[]>(useFactory: (...args: A) => unknown): (...args: A) => unknown {
  const hiding = async (...args: A) => hideKeys(await useFactory(...args));
  // As above: a factory reads as its own text.
  return Object.assign(hiding, { toString: () => useFactory.toString() });
}

/** Tells keys apart within this process, and tells nobody else anything. */
function fingerprintOf(keys: unknown): string | undefined {
  if (keys === undefined) return undefined;
  const text = typeof keys === 'function' ? String(keys) : JSON.stringify(keys);
  return createHmac('sha256', FINGERPRINT_KEY).update(text).digest('hex');
}
