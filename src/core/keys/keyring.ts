import { refusalOf, type Refusal } from '../refusal.js';
import { isKeyName, isSecret } from '../scheme/key.js';
import { computeSignature } from '../scheme/signature.js';
import { answerTo } from '../timely-answer.js';

/**
 * The secret of a key, or several secrets while the key is rotated. Each is accepted, and the first one signs.
 *
 * @category Keys
 */
export type Secrets = string | readonly string[];

/**
 * Finds the secrets of a key. It gives `undefined` or `null` for an unknown key.
 *
 * @category Keys
 */
export type KeyLookup = (key: string) => Secrets | undefined | null | Promise<Secrets | undefined | null>;

/**
 * Secrets by the name of their signing key, or a function that finds them.
 *
 * @category Keys
 */
export type Keys = Readonly<Record<string, Secrets>> | KeyLookup;

/** The answer of a keyring: the key's secrets, nothing for an unknown key, or why the look-up failed. */
export type KeyAnswer = readonly string[] | undefined | Refusal;

/** The most look-ups that may run at one time. */
const MOST_LOOKUPS = 1000;

/** Finds the secrets of a key. It holds them where neither an inspection nor a log finds them. */
export class Keyring {
  readonly #find: (key: string) => KeyAnswer | Promise<KeyAnswer>;
  readonly #secretsByKey: ReadonlyMap<string, readonly string[]>;
  #knownSecrets: ReadonlySet<string> | undefined;

  /** Throws a TypeError, which shows no secret, for keys that cannot work. `setting` is the name of the keys in it. */
  constructor(keys: Keys, setting = 'keys') {
    this.#secretsByKey = typeof keys === 'function' ? new Map() : readKeys(keys, setting);
    this.#find = typeof keys === 'function' ? lookUpWith(keys) : (key) => this.#secretsByKey.get(key);
  }

  /** The secrets of a key. What no Authorization header can name is unknown without a look-up. */
  secretsOf(key: string): KeyAnswer | Promise<KeyAnswer> {
    return this.#find(key);
  }

  /** Every secret that needs no look-up, by key. There are none if a function finds the secrets. */
  knownSecrets(): ReadonlyMap<string, readonly string[]> {
    return this.#secretsByKey;
  }

  /**
   * Whether a text is one of the secrets that need no look-up. A caller may send the secret by mistake as the key's
   * name.
   */
  isKnownSecret(text: string): boolean {
    this.#knownSecrets ??= new Set([...this.#secretsByKey.values()].flat());
    return this.#knownSecrets.has(text);
  }

  /**
   * The keys that have a secret of this kind, as a message may name them. Secrets that a function finds are not known.
   */
  keysWithSecretsThat(areSo: (secret: string) => boolean): string[] {
    const all = [...this.#secretsByKey.values()];
    return all.flatMap((secrets, at) => (secrets.some(areSo) ? [keyAt(at, all.length)] : []));
  }
}

/** What is asked of a keyring after it was read. */
export type ReadKeyring = Pick<Keyring, 'secretsOf' | 'knownSecrets' | 'isKnownSecret'>;

/** A key in a message: its position, never its name. By mistake the name may be the secret. */
function keyAt(at: number, count: number): string {
  return `key ${at + 1} of ${count}`;
}

function readKeys(keys: Readonly<Record<string, Secrets>>, setting: string): Map<string, readonly string[]> {
  if (!isRecord(keys)) throw new TypeError(`${setting}: expected an object of secrets by key name, or a function`);
  const byKey = new Map<string, readonly string[]>();
  const ownerOf = new Map<string, number>();
  const entries = Object.entries(keys);
  for (const [at, [key, value]] of entries.entries()) {
    const which = keyAt(at, entries.length);
    const { length } = key;
    if (!isKeyName(key)) {
      throw new TypeError(
        `${setting}: the name of ${which} is not valid (${length} characters); ` +
          'expected 1 to 128 printable ASCII characters, no comma',
      );
    }
    const secrets = toSecrets(value);
    if (!secrets) throw new TypeError(`${setting}: expected a non-empty secret, or a list of them, for ${which}`);
    for (const secret of secrets) {
      // Not the text: HMAC pads a secret with NUL, and hashes a long one, so that two texts can be one key.
      const madeWithIt = computeSignature(secret, '', '');
      const owner = ownerOf.get(madeWithIt) ?? at;
      // The key's name is not signed: with a shared secret, a caller could use either name.
      if (owner !== at) throw new TypeError(`${setting}: ${keyAt(owner, entries.length)} and ${which} share a secret`);
      ownerOf.set(madeWithIt, at);
    }
    byKey.set(key, secrets);
  }
  if (byKey.size === 0) throw new TypeError(`${setting}: expected one signing key at least`);
  return byKey;
}

/** Not a Map or a Promise, say, whose content is not in its properties. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** A list of secrets, from one secret or from a non-empty list. Returns nothing for anything else. */
function toSecrets(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every(isSecret) ? [...list] : undefined;
}

function lookUpWith(lookup: KeyLookup): (key: string) => KeyAnswer | Promise<KeyAnswer> {
  const underWay = new Map<string, Promise<KeyAnswer>>();
  return (key) => {
    if (!isKeyName(key)) return undefined;
    const earlier = underWay.get(key);
    if (earlier) return earlier;
    if (underWay.size >= MOST_LOOKUPS) return unavailable(`${MOST_LOOKUPS} look-ups are under way`);
    const answer = answerTo({ name: 'keys()', ask: () => lookup(key), read: toAnswer, fail: unavailable });
    if (!(answer instanceof Promise)) return answer;
    const shared = answer.finally(() => underWay.delete(key));
    underWay.set(key, shared);
    return shared;
  };
}

function toAnswer(found: unknown): KeyAnswer {
  if (found === undefined || found === null) return undefined;
  // '' is not a secret: everybody knows it. Neither is the function that obj['constructor'] gives.
  return toSecrets(found) ?? unavailable('keys() gave neither a non-empty string, nor a non-empty list of them');
}

function unavailable(reason: string): Refusal {
  return refusalOf('KEYS_UNAVAILABLE', { reason });
}
