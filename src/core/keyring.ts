import { refusalOf, type Refusal } from './refusal.js';

/** A key's secret, or several while it is rotated: each is accepted, and the first one signs. */
export type Secrets = string | readonly string[];

/** Finds a key's secrets: `undefined` or `null` for a key that is not known. */
export type KeyLookup = (key: string) => Secrets | undefined | null | Promise<Secrets | undefined | null>;

/** Secrets by the name of their signing key, or a function that finds them. */
export type Keys = Readonly<Record<string, Secrets>> | KeyLookup;

/** What asking for a key gives: its secrets, nothing for an unknown key, or why that could not be found out. */
export type KeyAnswer = readonly string[] | undefined | Refusal;

/** Seconds that a look-up may take. */
const LOOKUP_TIMEOUT = 5;
/** Look-ups that may be under way at one time. */
const MOST_LOOKUPS = 1000;

const KEY_NAME = /^[\x20-\x7e]{1,128}$/;

/** Whether an Authorization header can name such a key: a comma would end the name there. */
export function isKeyName(key: unknown): key is string {
  return typeof key === 'string' && KEY_NAME.test(key) && !key.includes(',');
}

/** Answers what the secrets of a key are. Holds them where neither an inspection nor a log finds them. */
export class Keyring {
  readonly #find: (key: string) => KeyAnswer | Promise<KeyAnswer>;
  readonly #secretsByKey: ReadonlyMap<string, readonly string[]>;

  /** Throws a TypeError, which shows no secret, for keys that could not work; `setting` is what it calls them. */
  constructor(keys: Keys, setting = 'keys') {
    this.#secretsByKey = typeof keys === 'function' ? new Map() : readKeys(keys, setting);
    this.#find = typeof keys === 'function' ? lookUpWith(keys) : (key) => this.#secretsByKey.get(key);
  }

  /** The secrets of a key. Names that are not 1 to 128 printable ASCII characters are unknown without a look-up. */
  secretsOf(key: string): KeyAnswer | Promise<KeyAnswer> {
    return this.#find(key);
  }

  /** Names of the keys with a secret of less than `length` characters; of those that a function finds nothing is known. */
  keysWithSecretsShorterThan(length: number): string[] {
    const isShort = ([, secrets]: [string, readonly string[]]) => secrets.some((secret) => secret.length < length);
    return [...this.#secretsByKey].filter(isShort).map(([key]) => key);
  }
}

function readKeys(keys: Readonly<Record<string, Secrets>>, setting: string): Map<string, readonly string[]> {
  if (!isRecord(keys)) throw new TypeError(`${setting}: expected an object of secrets by key name, or a function`);
  const byKey = new Map<string, readonly string[]>();
  const ownerOf = new Map<string, string>();
  for (const [key, value] of Object.entries(keys)) {
    if (!isKeyName(key)) {
      throw new TypeError(
        `${setting}: ${JSON.stringify(key)} is no key name: 1 to 128 printable ASCII characters, no comma`,
      );
    }
    const secrets = toSecrets(value);
    if (!secrets)
      throw new TypeError(`${setting}: expected a non-empty secret, or a list of them, for key ${JSON.stringify(key)}`);
    for (const secret of secrets) {
      const owner = ownerOf.get(secret) ?? key;
      // The key's name is not signed: whoever holds the secret could call under either name.
      if (owner !== key)
        throw new TypeError(`${setting}: keys ${JSON.stringify(owner)} and ${JSON.stringify(key)} share a secret`);
      ownerOf.set(secret, key);
    }
    byKey.set(key, secrets);
  }
  if (byKey.size === 0) throw new TypeError(`${setting}: expected one signing key at least`);
  return byKey;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A non-empty string or a non-empty list of them; nothing for anything else. */
function toSecrets(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const isSecret = (secret: unknown): secret is string => typeof secret === 'string' && secret !== '';
  return list.length > 0 && list.every(isSecret) ? [...list] : undefined;
}

function lookUpWith(lookup: KeyLookup): (key: string) => KeyAnswer | Promise<KeyAnswer> {
  const underWay = new Map<string, Promise<KeyAnswer>>();
  return (key) => {
    if (!KEY_NAME.test(key)) return undefined;
    const shared = underWay.get(key);
    if (shared) return shared;
    if (underWay.size >= MOST_LOOKUPS) return unavailable(`${MOST_LOOKUPS} look-ups are under way`);
    try {
      const found = lookup(key);
      if (!isThenable(found)) return toAnswer(found);
      const answer = withinTimeout(found).finally(() => underWay.delete(key));
      underWay.set(key, answer);
      return answer;
    } catch (error) {
      return unavailable(reasonOf(error));
    }
  };
}

function toAnswer(found: unknown): KeyAnswer {
  if (found === undefined || found === null) return undefined;
  // Neither '' (a secret that everybody knows) nor what obj['constructor'] gives is a secret.
  return toSecrets(found) ?? unavailable('keys() gave neither a non-empty string, nor a non-empty list of them');
}

function withinTimeout(found: PromiseLike<unknown>): Promise<KeyAnswer> {
  return new Promise((resolve) => {
    const giveUp = () => resolve(unavailable(`keys() gave no answer in ${LOOKUP_TIMEOUT} s`));
    const timer = setTimeout(giveUp, LOOKUP_TIMEOUT * 1000);
    const settle = (answer: KeyAnswer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    Promise.resolve(found).then(
      (value) => settle(toAnswer(value)),
      (error: unknown) => settle(unavailable(reasonOf(error))),
    );
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function unavailable(reason: string): Refusal {
  return refusalOf('KEYS_UNAVAILABLE', { reason });
}

function reasonOf(error: unknown): string {
  return `keys() failed: ${error instanceof Error ? error.message : String(error)}`;
}
