import { parseArgs } from 'node:util';
import { nearest } from './nearest.js';
import { UsageError } from './usage-error.js';

/** The value of a flag: none, one, or one each time that the flag is given. `form` is how the flag is written. */
interface Flag {
  readonly takes: 'nothing' | 'one' | 'many';
  readonly form: string;
  readonly short?: string;
}

const KEY_FLAGS = {
  key: { takes: 'one', form: '--key NAME' },
  secret: { takes: 'one', form: '--secret SECRET' },
  'secret-file': { takes: 'one', form: '--secret-file FILE' },
  'env-file': { takes: 'one', form: '--env-file FILE' },
} as const satisfies Record<string, Flag>;

const PATH_PREFIX = { takes: 'one', form: '--path-prefix /api' } as const;

const OTHER_FLAGS = {
  help: { takes: 'nothing', form: '--help', short: 'h' },
  version: { takes: 'nothing', form: '--version' },
} as const satisfies Record<string, Flag>;

/** The flags of `apig-sign`. */
export const SIGN_FLAGS = {
  ...KEY_FLAGS,
  ...OTHER_FLAGS,
  request: { takes: 'one', form: '-X METHOD', short: 'X' },
  header: { takes: 'many', form: "-H 'Name: value'", short: 'H' },
  data: { takes: 'many', form: '-d DATA', short: 'd' },
  'data-raw': { takes: 'many', form: '--data-raw DATA' },
  'data-binary': { takes: 'many', form: '--data-binary @FILE' },
  'data-urlencode': { takes: 'many', form: '--data-urlencode NAME=DATA' },
  'json-data': { takes: 'many', form: '--json \'{"n":1}\'' },
  get: { takes: 'nothing', form: '-G', short: 'G' },
  'user-agent': { takes: 'one', form: '-A NAME', short: 'A' },
  cookie: { takes: 'one', form: "-b 'name=value'", short: 'b' },
  silent: { takes: 'nothing', form: '-s', short: 's' },
  'show-error': { takes: 'nothing', form: '-S', short: 'S' },
  include: { takes: 'nothing', form: '-i', short: 'i' },
  verbose: { takes: 'nothing', form: '-v', short: 'v' },
  insecure: { takes: 'nothing', form: '-k', short: 'k' },
  compressed: { takes: 'nothing', form: '--compressed' },
  'signed-headers': { takes: 'one', form: "--signed-headers 'host;x-sdk-date'" },
  date: { takes: 'one', form: '--date 20260115T093045Z' },
  'unsigned-payload': { takes: 'nothing', form: '--unsigned-payload' },
  'path-prefix': PATH_PREFIX,
  shell: { takes: 'one', form: '--shell posix|powershell|cmd' },
  json: { takes: 'nothing', form: '--json' },
} as const satisfies Record<string, Flag>;

/** The flags of `apig-sign explain`. */
export const EXPLAIN_FLAGS = {
  ...KEY_FLAGS,
  ...OTHER_FLAGS,
  canonical: { takes: 'one', form: "--canonical 'GET|/path/|...' (or @FILE)" },
  authorization: { takes: 'one', form: "--authorization 'SDK-HMAC-SHA256 Access=..., Signature=...'" },
  'path-prefix': PATH_PREFIX,
  json: { takes: 'nothing', form: '--json' },
} as const satisfies Record<string, Flag>;

/** The flags of `apig-sign gateway`. */
export const GATEWAY_FLAGS = {
  ...KEY_FLAGS,
  ...OTHER_FLAGS,
  to: { takes: 'one', form: '--to http://127.0.0.1:3000' },
  listen: { takes: 'one', form: '--listen 127.0.0.1:8787' },
  'signed-headers': { takes: 'one', form: "--signed-headers 'host;x-sdk-date'" },
  'path-prefix': PATH_PREFIX,
  'preserve-host': { takes: 'nothing', form: '--preserve-host' },
  'allow-host': { takes: 'many', form: '--allow-host NAME, without a port' },
  'allow-origin': { takes: 'many', form: '--allow-origin http://localhost:5173' },
  ca: { takes: 'one', form: '--ca FILE' },
  quiet: { takes: 'nothing', form: '--quiet' },
  json: { takes: 'nothing', form: '--json' },
} as const satisfies Record<string, Flag>;

/** A parsed command line. */
export interface CommandLine<Name extends string> {
  /** The given flags in their order, with their long names. A flag that takes no value has none. */
  readonly given: readonly (readonly [name: Name, value: string])[];
  /** The words that belong to no flag. */
  readonly words: readonly string[];
  has(name: Name): boolean;
  /** The value of a flag that is given once at most. Returns nothing if it is not given. */
  value(name: Name): string | undefined;
}

/** Reads a command line. Throws a UsageError for an unknown flag, or a flag in a wrong form. */
export function readCommandLine<Name extends string>(
  args: readonly string[],
  flags: Readonly<Record<Name, Flag>>,
): CommandLine<Name> {
  const known = new Map(Object.entries<Flag>(flags));
  // Not strict: curl takes values that begin with a dash, and the messages of parseArgs are for programmers.
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Array.from(known, ([name, flag]) => [name, parseArgsOption(flag)])),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const given: [Name, string][] = [];
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const flag = known.get(token.name);
    if (!flag) {
      const hint = nearest(
        token.rawName,
        Array.from(known.keys(), (name) => `--${name}`),
      );
      throw new UsageError(
        `There is no flag ${token.rawName}: ${hint ? `did you mean ${hint}?` : 'see apig-sign --help'}`,
      );
    }
    const { takes, form } = flag;
    if (takes === 'nothing' && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value: ${form}`);
    }
    if (takes !== 'nothing' && token.value === undefined) {
      throw new UsageError(`${token.rawName} needs a value: ${form}`);
    }
    if (takes !== 'many' && given.some(([name]) => name === token.name)) {
      throw new UsageError(`${token.rawName} is given twice: ${form}`);
    }
    given.push([token.name as Name, token.value ?? '']);
  }
  const find = (name: Name) => given.find(([each]) => each === name);
  return { given, words: positionals, has: (name) => find(name) !== undefined, value: (name) => find(name)?.[1] };
}

function parseArgsOption({ takes, short }: Flag) {
  const type = takes === 'nothing' ? ('boolean' as const) : ('string' as const);
  return short === undefined ? { type } : { type, short };
}
