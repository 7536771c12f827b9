import { isPathPrefix } from '../core/verify/verifier.options.js';
import { UsageError } from './usage-error.js';

/**
 * The prefix that a proxy removes from the path after the gateway has signed it. Empty: none is given. Throws a
 * UsageError for a prefix that the option `pathPrefix` of the server does not take.
 */
export function readPathPrefix(value: string | undefined): string {
  if (value === undefined) return '';
  if (isPathPrefix(value)) return value;
  throw new UsageError(
    `--path-prefix: ${JSON.stringify(value)} is not valid: expected /api, with letters, digits, - . _ ~ and no / at its end`,
  );
}
