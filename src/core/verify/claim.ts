import type { ReadAuthorization } from '../fast/authorization-cache.js';
import { stringToSign } from '../scheme/canonical-request.js';
import { hmacsOf } from '../fast/hmac.js';
import type { ReadTarget } from './request-target.js';
import { signaturesEqual } from '../scheme/signature.js';
import { signedValue, type SignedHeaders } from './signed-headers.js';

/** The header that says when a request was signed. */
export const DATE = 'x-sdk-date';

/** A known key's claim to have signed the request. */
export interface Claim {
  readonly authorization: ReadAuthorization;
  readonly secrets: readonly string[];
  readonly headers: SignedHeaders;
  readonly target: ReadTarget;
}

/**
 * The position of the secret that signed a canonical request of this hash, or -1. Tries every secret, whichever matches,
 * so that the time tells nothing of which it was.
 */
export function positionOfSigner({ authorization, secrets, headers }: Claim, requestHash: string | undefined): number {
  if (requestHash === undefined) return -1;
  const text = stringToSign(signedValue(headers, DATE)!, requestHash);
  const hmacs = hmacsOf(secrets);
  let found = -1;
  for (let position = hmacs.length - 1; position >= 0; position--) {
    if (signaturesEqual(hmacs[position]!.hex(text), authorization.signature)) found = position;
  }
  return found;
}
