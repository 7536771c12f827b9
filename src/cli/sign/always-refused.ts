import { parseSdkDate } from '../../core/scheme/sdk-date.js';
import type { SignedRequest } from '../../core/scheme/sign-request.js';
import { toWireText } from '../../core/scheme/wire-text.js';
import type { Verdict } from '../../core/verify/verdict.js';
import { verifyRequest } from '../../core/verify/verifier.js';
import { REMEDIES } from '../../core/refusal-remedies.js';
import type { SigningKey } from '../secret-source.js';

/** The signed target with its prefix, in ordinary text. */
interface Signed {
  readonly method: string;
  readonly target: string;
  readonly body?: Uint8Array | undefined;
}

/** Why even the most lenient server refuses a request in the second of its date. Returns nothing if it does not. */
export function alwaysRefused(
  { method, target, body }: Signed,
  { headers }: SignedRequest,
  { key, secret }: SigningKey,
): string | undefined {
  const date = headers.find(([name]) => name.toLowerCase() === 'x-sdk-date')?.[1] ?? '';
  const verdict = verifyRequest(
    { method, target: toWireText(target), headers, body },
    {
      keys: Object.fromEntries([[key, secret]]),
      encodedSlash: 'accept',
      queryPieces: Number.MAX_SAFE_INTEGER,
      now: () => parseSdkDate(date) ?? 0,
    },
  ) as Verdict; // not a promise, because the keys and the body are at hand
  if (verdict.ok) return undefined;
  const { code } = verdict.refusal;
  return `Every server refuses this request (${code}): look at ${REMEDIES[code]}`;
}
