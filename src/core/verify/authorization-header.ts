import { AuthorizationCache, type ReadAuthorization } from '../fast/authorization-cache.js';
import { isRefusal, refusalOf, type Refusal } from '../refusal.js';
import { AUTHORIZATION, UNSIGNED_PAYLOAD, X_SDK_CONTENT_SHA256 } from '../scheme/names.js';
import { otherScheme } from './other-schemes.js';
import type { RawHeaders } from '../scheme/raw-headers.js';

/** The Authorization header of a request, or why the header cannot be read (rows 1 and 2 of the specification). */
export function readAuthorization(headers: RawHeaders, cache: AuthorizationCache): ReadAuthorization | Refusal {
  const value = headers.get(AUTHORIZATION) ?? '';
  if (value === '') return refusalOf('AUTHORIZATION_MISSING');
  if (typeof value !== 'string') return refusalOf('AUTHORIZATION_MALFORMED');
  return cache.read(value) ?? refusalOf('AUTHORIZATION_MALFORMED', otherScheme(value));
}

/**
 * Whether a request says, by the verifier's own rule, that its body is not signed. The verifier does not ask for the
 * hash of such a body, and the hash need not be computed. Nothing is proved yet.
 */
export function declaresUnsignedPayload(headers: RawHeaders): boolean {
  if (headers.get(X_SDK_CONTENT_SHA256) !== UNSIGNED_PAYLOAD) return false;
  const authorization = readAuthorization(headers, new AuthorizationCache());
  return !isRefusal(authorization) && authorization.signedHeaders.includes(X_SDK_CONTENT_SHA256);
}
