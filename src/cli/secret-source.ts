import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { Keyring, type Keys, type Secrets } from '../core/keys/keyring.js';
import { KEYS_FILE_SETTING, KEYS_SETTING, parseKeysSetting } from '../core/keys/keys-setting.js';
import { UsageError } from './usage-error.js';

/** A command line with the flags that name the key and the place of its secret. */
export interface KeyFlags {
  value(name: 'key' | 'secret' | 'secret-file' | 'env-file'): string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A key and its secret. */
export interface SigningKey {
  readonly key: string;
  readonly secret: string;
}

/**
 * The key to sign with. Its secret comes from the flags, else from APIG_SECRET, else it is the first secret of the key
 * in APIG_SIGNATURE_KEYS. Without a name, it is the only key of APIG_SIGNATURE_KEYS. Throws a UsageError if no key is
 * found.
 */
export function findSigningKey(flags: KeyFlags, variables: Environment): SigningKey {
  const environment = withEnvFile(flags, variables);
  const name = flags.value('key');
  const given = givenSecret(flags, environment);
  if (given !== undefined) {
    if (name === undefined) throw new UsageError('--key is missing: --key NAME, the name of the signing key');
    return { key: name, secret: given };
  }
  const keys = configuredKeys(environment);
  const names = Object.keys(keys);
  if (name === undefined && names.length > 1) {
    throw new UsageError(`--key is missing: --key NAME, for ${KEYS_SETTING} holds ${names.length} keys`);
  }
  const key = name ?? names[0];
  const secrets = key !== undefined && Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (key === undefined || secrets === undefined) throw noSecret();
  return { key, secret: typeof secrets === 'string' ? secrets : secrets[0]! };
}

/**
 * The secrets to try for a request that names its key: the given secret under that name, or else all secrets in
 * APIG_SIGNATURE_KEYS. Throws a UsageError if there are none.
 */
export function findKeys(
  flags: KeyFlags,
  variables: Environment,
  keyOfRequest: string | undefined,
): Readonly<Record<string, Secrets>> {
  const environment = withEnvFile(flags, variables);
  const given = givenSecret(flags, environment);
  // A request without the name of a key is refused for that reason, whatever key the secret belongs to.
  const key = flags.value('key') ?? keyOfRequest ?? 'unnamed';
  if (given !== undefined) return Object.fromEntries([[key, given]]);
  const keys = configuredKeys(environment);
  if (Object.keys(keys).length === 0) throw noSecret();
  return keys;
}

function givenSecret(flags: KeyFlags, environment: Environment): string | undefined {
  const secret = flags.value('secret');
  const file = flags.value('secret-file');
  if (secret !== undefined && file !== undefined) {
    throw new UsageError('--secret and --secret-file contradict each other: give one of them');
  }
  const given = file === undefined ? (secret ?? environment.APIG_SECRET) : readSecret(file);
  if (given === '') throw new UsageError('The secret is empty: look at --secret, --secret-file and APIG_SECRET');
  return given;
}

/** The environment variables, and those of `--env-file` that the environment does not set, as in Node's own flag. */
function withEnvFile(flags: KeyFlags, variables: Environment): Environment {
  const file = flags.value('env-file');
  return file === undefined ? variables : { ...parseEnv(readText(file, '--env-file FILE')), ...variables };
}

/** A file's text without its last line break, which editors add. */
function readSecret(file: string): string {
  const text = readText(file, '--secret-file FILE');
  if (text.startsWith('\ufeff')) {
    throw new UsageError('--secret-file FILE begins with a byte order mark: save it as UTF-8 without one');
  }
  return text.replace(/\r?\n$/, '');
}

function readText(file: string, form: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    // The message does not show the name. By mistake it may be the secret, given to the wrong flag.
    throw new UsageError(`${form} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'it is not a file'}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(`${form} is not UTF-8 text: save it as UTF-8`);
  }
}

function configuredKeys(environment: Environment): Readonly<Record<string, Secrets>> {
  const given = environment[KEYS_SETTING];
  const file = environment[KEYS_FILE_SETTING];
  if (given && file)
    throw new UsageError(`${KEYS_SETTING} and ${KEYS_FILE_SETTING} contradict each other: set one of them`);
  const text = file ? readText(file, KEYS_FILE_SETTING) : given;
  if (!text) return {};
  try {
    const keys = parseKeysSetting(text) as Exclude<Keys, (...args: never[]) => unknown>;
    new Keyring(keys, KEYS_SETTING); // throws if the keys cannot work
    return keys;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function noSecret(): UsageError {
  return new UsageError(
    `No secret for this key: set APIG_SECRET, or ${KEYS_SETTING}='{"NAME":"..."}', or give --secret-file FILE`,
  );
}
