import type { RefusalCode } from './refusal.js';

/** What to look at when a backend refuses a request with this code. Browsers load this file: it imports types only. */
export const REMEDIES: Readonly<Record<RefusalCode, string>> = {
  AUTHORIZATION_MISSING:
    'something between the signer and the backend removed the header Authorization, or the request was not signed',
  AUTHORIZATION_MALFORMED: 'something else wrote the header Authorization, or added a second one',
  KEY_UNKNOWN: "the key's name: the backend must hold it, and allow it on this route",
  SIGNED_HEADER_MISSING: 'a proxy that removes the named header: do not sign it, or let the proxy pass it on',
  SIGNED_HEADER_REPEATED: 'the named header is sent, or added by a proxy, more than once: do not sign it',
  HEADER_NOT_SIGNED: 'the backend requires the named header to be signed: add it to the signed headers',
  DATE_MISSING: 'x-sdk-date must be among the signed headers',
  DATE_MALFORMED: 'the header X-Sdk-Date must look like 20260115T093045Z, in UTC',
  SIGNATURE_EXPIRED: 'the clocks of both machines, or the age of the signature: it is valid for 15 minutes',
  TARGET_AMBIGUOUS:
    'the path and the query: bad percent escapes, %2F, encoded letters, a # or more than 1,000 parameters',
  SIGNATURE_MISMATCH:
    "the secret, a path prefix that a proxy took off, a rewritten Host; the backend's option explain: 'response' names the cause",
  BODY_HASH_MISMATCH: 'the body was changed after X-Sdk-Content-Sha256 was written, or that header is not its hash',
  UNSIGNED_PAYLOAD: 'this route needs a signed body: the gateway signs bodies of up to 12 MiB',
  REPLAYED: 'the same request was sent twice within one second, or sent again: sign it anew',
  BODY_TOO_LARGE: "the size of the body, and the backend's limits",
  HELD_BYTES_EXCEEDED: 'too many large bodies at one time: send fewer at once, or raise the limit of the backend',
  KEYS_UNAVAILABLE: "the backend's key source does not answer: see its log",
  REPLAY_STORE_UNAVAILABLE: "the backend's replay store (Redis) does not answer: see its log",
  BODY_NOT_CAPTURED: "the backend's own set-up: something read the body before the guard; see its log",
};

/** Whether something is a code of this package. */
export function isKnownCode(code: unknown): code is RefusalCode {
  return typeof code === 'string' && Object.hasOwn(REMEDIES, code);
}
