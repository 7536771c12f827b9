import { equalSignatures } from '../fast/equal-signatures.js';
import { hmacsOf } from '../fast/hmac.js';
import { stringToSign } from '../scheme/canonical-request.js';

/**
 * The position of the secret that made the signature over a canonical request of this hash, or -1. Every secret is
 * tried, so that the time does not tell which secret matched.
 */
export function positionOfSecret(
  secrets: readonly string[],
  signature: string,
  sdkDate: string,
  requestHash: string,
): number {
  const text = stringToSign(sdkDate, requestHash);
  const hmacs = hmacsOf(secrets);
  let found = -1;
  for (let position = hmacs.length - 1; position >= 0; position--) {
    if (equalSignatures(hmacs[position]!.hex(text), signature)) found = position;
  }
  return found;
}
