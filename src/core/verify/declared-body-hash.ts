import { AuthorizationCache, readAuthorization } from '../fast/authorization-cache.js';
import type { HeaderLines } from '../fast/header-lines.js';
import { isRefusal } from '../refusal.js';

/** The header by which a request can say what its body's hash is, so that the body need not be there for the signature. */
export const DECLARED_BODY_HASH = 'x-sdk-content-sha256';
/** What stands there if the body is not signed. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/**
 * Whether a request says, by the verifier's own rule, that its body is not signed: then nobody will ask for the body's
 * hash, and it need not be computed. Nothing is proved yet.
 */
export function declaresUnsignedPayload(headers: HeaderLines): boolean {
  if (headers.get(DECLARED_BODY_HASH) !== UNSIGNED_PAYLOAD) return false;
  const authorization = readAuthorization(headers, new AuthorizationCache());
  return !isRefusal(authorization) && authorization.signedHeaders.includes(DECLARED_BODY_HASH);
}
