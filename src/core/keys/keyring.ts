import { refusalOf, type Refusal } from '../refusal.js';
import { computeSignature } from '../scheme/signature.js';
import { answerTo } from '../timely-answer.js';

/**
 * A key's secret, or several while it is rotated: each is accepted, and the first one signs.
 *
 * @category Keys
 */
export type Secrets = string | readonly string[];

/**
 * Finds a key's secrets: `undefined` or `null` for a key that is not known.
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

/** What asking for a key gives: its secrets, nothing for an unknown key, or why that could not be found out. */
export type KeyAnswer = readonly string[] | undefined | Refusal;

/** Look-ups that may be under way at one time. */
const MOST_LOOKUPS = 1000;

const KEY_NAME = /^[\x20-\x7e]{1,128}$/;

/** Whether an Authorization header can name such a key: a comma would end the name there. */
export function isKeyName(key: unknown): key is string {
  return typeof key === 'string' && KEY_NAME.test(key) && !key.includes(',');
}

/** Whether a value can be a secret: not an empty text, nor one of NUL alone, which is the same key to HMAC. */
export function isSecret(value: unknown): value is string {
  return typeof value === 'string' && /[^\0]/.test(value);
}

/** Answers what the secrets of a key are. Holds them where neither an inspection nor a log finds them. */
export class Keyring {
  readonly #find: (key: string) => KeyAnswer | Promise<KeyAnswer>;
  readonly #secretsByKey: ReadonlyMap<string, readonly string[]>;
  #knownSecrets: ReadonlySet<string> | undefined;

  /** Throws a TypeError, which shows no secret, for keys that could not work; `setting` is what it calls them. */
  constructor(keys: Keys, setting = 'keys') {
    this.#secretsByKey = typeof keys === 'function' ? new Map() : readKeys(keys, setting);
    this.#find = typeof keys === 'function' ? lookUpWith(keys) : (key) => this.#secretsByKey.get(key);
  }

  /** The secrets of a key. Names that are not 1 to 128 printable ASCII characters are unknown without a look-up. */
  secretsOf(key: string): KeyAnswer | Promise<KeyAnswer> {
    return this.#find(key);
  }

  /** Every secret that needs no look-up, by key: none where a function finds them. */
  knownSecrets(): ReadonlyMap<string, readonly string[]> {
    return this.#secretsByKey;
  }

  /** Whether a text is one of the secrets that need no look-up: a caller may take the secret for the key's name. */
  isKnownSecret(text: string): boolean {
    this.#knownSecrets ??= new Set([...this.#secretsByKey.values()].flat());
    return this.#knownSecrets.has(text);
  }

  /** Which keys have a secret of this kind, as a message may put it; of those that a function finds nothing is known. */
  keysWithSecretsThat(areSo: (secret: string) => boolean): string[] {
    const all = [...this.#secretsByKey.values()];
    return all.flatMap((secrets, at) => (secrets.some(areSo) ? [keyAt(at, all.length)] : []));
  }
}

/** By its position, never its name: who takes name and secret for each other has written a secret there. */
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
      // Not the text: HMAC fills a secret up with NUL, and hashes a long one, so that two texts can be one key.
      const madeWithIt = computeSignature(secret, '', '');
      const owner = ownerOf.get(madeWithIt) ?? at;
      // The key's name is not signed: a holder of the secret could call under either name.
      if (owner !== at) throw new TypeError(`${setting}: ${keyAt(owner, entries.length)} and ${which} share a secret`);
      ownerOf.set(madeWithIt, at);
    }
    byKey.set(key, secrets);
  }
  if (byKey.size === 0) throw new TypeError(`${setting}: expected one signing key at least`);
  return byKey;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A secret or a non-empty list of them; nothing for anything else. */
function toSecrets(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every(isSecret) ? [...list] : undefined;
}

function lookUpWith(lookup: KeyLookup): (key: string) => KeyAnswer | Promise<KeyAnswer> {
  const underWay = new Map<string, Promise<KeyAnswer>>();
  return (key) => {
    if (!KEY_NAME.test(key)) return undefined;
    const earlier = underWay.get(key);
    if (earlier) return earlier;
    if (underWay.size >= MOST_LOOKUPS) return unavailable(`${MOST_LOOKUPS} look-ups are under way`);
    const answer = answerTo({ of: 'keys()', ask: () => lookup(key), read: toAnswer, fail: unavailable });
    if (!(answer instanceof Promise)) return answer;
    const shared = answer.finally(() => underWay.delete(key));
    underWay.set(key, shared);
    return shared;
  };
}

function toAnswer(found: unknown): KeyAnswer {
  if (found === undefined || found === null) return undefined;
  // Neither '' (a secret that everybody knows) nor what obj['constructor'] gives is a secret.
  return toSecrets(found) ?? unavailable('keys() gave neither a non-empty string, nor a non-empty list of them');
}

function unavailable(reason: string): Refusal {
  return refusalOf('KEYS_UNAVAILABLE', { reason });
}
