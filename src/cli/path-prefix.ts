import { isPathPrefix } from '../core/verify/verifier.options.js';
import { UsageError } from './usage-error.js';

/**
 * The prefix that a proxy takes off the path after the gateway has signed it; empty if it is not given. Throws a
 * UsageError for one that the option `pathPrefix` of the server would not take either.
 */
export function readPathPrefix(value: string | undefined): string {
  if (value === undefined) return '';
  if (isPathPrefix(value)) return value;
  throw new UsageError(
    `--path-prefix: ${JSON.stringify(value)} is not valid: expected /api, with letters, digits, - . _ ~ and no / at its end`,
  );
}
