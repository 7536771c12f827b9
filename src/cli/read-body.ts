import { readFileSync } from 'node:fs';
import { UsageError } from './usage-error.js';

/** The body that the data flags describe. */
export interface Body {
  readonly bytes: Buffer;
  /** The file, if the whole body is one file. Then curl can read it again. */
  readonly file?: string;
}

/**
 * A flag that says what the body is: `data`, `data-raw`, `data-binary`, `data-urlencode` or `json-data`, and its value.
 */
export type DataFlag = readonly [name: string, value: string];

/**
 * Reads the body as curl does. The values are joined by `&`, except for JSON. After `@` comes the name of a file; `-`
 * is standard input. For `-d`, line breaks and NULs of a file are left out. Returns nothing without flags. Throws a
 * UsageError for a file that cannot be read.
 */
export function readBody(flags: readonly DataFlag[]): Body | undefined {
  if (flags.length === 0) return undefined;
  const parts = flags.flatMap((flag, at) => {
    return at === 0 || flag[0] === 'json-data' ? [readPart(flag)] : [Buffer.from('&'), readPart(flag)];
  });
  const bytes = Buffer.concat(parts);
  const [name, value] = flags[0]!;
  const isFile = flags.length === 1 && name === 'data-binary' && value.startsWith('@') && value !== '@-';
  return isFile ? { bytes, file: value.slice(1) } : { bytes };
}

function readPart([name, value]: DataFlag): Buffer {
  if (name === 'data-urlencode') return readEncoded(value);
  if (name === 'data-raw' || !value.startsWith('@')) return Buffer.from(value);
  const bytes = readInput(value.slice(1), `--${name} @FILE`);
  return name === 'data' ? Buffer.from(bytes.filter((byte) => byte !== 0x0d && byte !== 0x0a && byte !== 0)) : bytes;
}

/** curl's `--data-urlencode`: `DATA`, `=DATA`, `NAME=DATA`, `@FILE` or `NAME@FILE`; the name stays as it is. */
function readEncoded(value: string): Buffer {
  const [, name = '', mark, data = value] = /^([^=@]*)(=|@)(.*)$/s.exec(value) ?? [];
  const bytes = mark === '@' ? readInput(data, '--data-urlencode @FILE') : Buffer.from(data);
  const encoded = bytes.toString('latin1').replace(/[^\w.~-]/g, (byte) => {
    return byte === ' ' ? '+' : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return Buffer.from(name === '' ? encoded : `${name}=${encoded}`);
}

/** A file's bytes, or for `-` those of standard input. Throws a UsageError that begins with the flag's form. */
export function readInput(file: string, form: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new UsageError(`${form} cannot be read: ${(error as Error).message}`);
  }
}
