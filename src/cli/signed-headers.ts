import { HTTP_TOKEN } from '../core/scheme/wire-request.js';
import { UsageError } from './usage-error.js';

/**
 * The names that `--signed-headers` gives, in lower case. Returns nothing if it is not given. Throws a UsageError for
 * names with which every verifier refuses the signature.
 */
export function readSignedHeaders(value: string | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  const names = value.split(';').map((name) => name.trim().toLowerCase());
  const problem = (name: string, at: number) => {
    if (!HTTP_TOKEN.test(name)) return `${JSON.stringify(name)} is not a header name`;
    if (names.indexOf(name) !== at) return `${name} is named twice`;
    return name === 'authorization' ? 'authorization holds the signature, and cannot be signed' : undefined;
  };
  const found = names.map(problem).find((text) => text !== undefined);
  if (found !== undefined) throw new UsageError(`--signed-headers: ${found}: --signed-headers 'host;x-sdk-date'`);
  if (!names.includes('x-sdk-date')) {
    throw new UsageError('--signed-headers: every server refuses a signature without x-sdk-date: add it to the list');
  }
  return names;
}
