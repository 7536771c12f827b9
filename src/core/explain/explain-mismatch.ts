import { parseAuthorization } from '../scheme/authorization.js';
import { canonicalRequest, stringToSign } from '../scheme/canonical-request.js';
import { HeaderNames } from '../fast/header-names.js';
import { Keyring } from '../keys/keyring.js';
import { AUTHORIZATION_SIGNED, LOCAL_TIME } from './causes.js';
import { zoneOf } from './date-cause.js';
import type { Explanation, ExplainOptions, RequestToExplain } from './explanation.js';
import type { SeenRequest } from './guess.js';
import { search } from './cause-search.js';
import { AUTHORIZATION, X_SDK_DATE } from '../scheme/names.js';
import { printable } from '../printable.js';
import { checkOptions } from '../check-options.js';
import type { Refusal } from '../refusal.js';
import type { RawHeaders } from '../scheme/raw-headers.js';
import { parseSdkDate } from '../scheme/sdk-date.js';
import { seeRequest } from './see-request.js';
import { sha256Hex } from '../scheme/signature.js';
import { suspectsAmong } from './suspects.js';
import { received } from '../verify/received-request.js';
import type { Verdict } from '../verify/verdict.js';
import { Verifier } from '../verify/verifier.js';
import { SETTING_RULES } from '../verify/verifier.options.js';
import { noProofInWords, proofInWords, shown, suspicion } from './words.js';

/**
 * Finds out why a request's signature does not match. It undoes the usual changes, one at a time and then two together,
 * and names the first that makes the signature match. So a cause is proved. Two causes need no proof: a date in local
 * time, which its distance from `arrival` shows, and a signed Authorization header. If nothing is proved, `suspects`
 * are the signed headers to look at. Its time and memory are bounded. It looks up no keys, changes no verdict, and
 * shows no secret.
 *
 * Throws a TypeError, which shows no secret, for keys or a `pathPrefix` that a verifier does not take. Throws nothing
 * for any request.
 *
 * @example
 * ```ts
 * export function whyRefused(request: RequestToExplain) {
 *   const keys = { signature_key1: process.env.APIG_SECRET! };
 *   const { cause, text } = explainMismatch(request, { keys, arrival: Date.now() });
 *   return { code: cause?.code, text };
 * }
 * ```
 * @category Explain a mismatch
 */
export function explainMismatch(request: RequestToExplain, options: ExplainOptions): Explanation {
  if (typeof options.keys === 'function') throw new TypeError('keys: expected an object of secrets by key name');
  const { pathPrefix } = options;
  checkOptions({ pathPrefix }, { pathPrefix: SETTING_RULES.pathPrefix });
  const keyring = new Keyring(options.keys);
  const { headers } = received(request);
  const date = parseSdkDate(headers.first(X_SDK_DATE) ?? '') ?? NaN;
  const bodyHash = request.bodyHash ?? sha256Hex(request.body ?? new Uint8Array());
  // The clock shows the request's own date. The verdict comes at once, because keys and body are at hand.
  const verifier = new Verifier(keyring, { ...options, now: () => date });
  const verdict = verifier.verify({ ...request, body: () => bodyHash }) as Verdict;
  if (verdict.ok) return matching(seeRequest(request, options, bodyHash)!, zoneOf(date, options.arrival ?? NaN));
  const { refusal } = verdict;
  const seen = refusal.code === 'SIGNATURE_MISMATCH' ? seeRequest(request, options, bodyHash) : undefined;
  return seen ? mismatching(seen) : refused(refusal, headers);
}

function matching(seen: SeenRequest, zone: string | undefined): Explanation {
  const texts = { ...textsOf(seen), matches: true };
  if (zone === undefined) return { ...texts, text: 'The signature matches.' };
  const doubt = zone.startsWith('UTC-') ? ', unless the request was sent again so long after it was signed' : '';
  const text = `${LOCAL_TIME.what} The zone seems to be ${zone}${doubt}. ${LOCAL_TIME.remedy}`;
  return { ...texts, cause: { code: LOCAL_TIME.code, text }, text };
}

function mismatching(seen: SeenRequest): Explanation {
  const texts = { ...textsOf(seen), matches: false };
  const { signedHeaders } = seen.parts;
  if (signedHeaders.includes(AUTHORIZATION)) {
    const text = `${AUTHORIZATION_SIGNED.what} ${AUTHORIZATION_SIGNED.remedy}`;
    return { ...texts, cause: { code: AUTHORIZATION_SIGNED.code, text }, text };
  }
  const found = search(seen);
  if (typeof found === 'string') {
    const suspects = suspectsAmong(signedHeaders);
    return { ...texts, ...named(suspects), text: noProofInWords(seen, found, suspects) };
  }
  const { causes, guess, parts } = found;
  const text = proofInWords(seen, found);
  const signed = shown(seen, parts);
  const cause = { code: causes[0]!.code, text };
  const suspects = suspectsAmong([...(guess.headers?.keys() ?? [])]);
  return { ...texts, cause, ...(signed === texts.canonicalRequest ? {} : { signed }), ...named(suspects), text };
}

/** The explanation of a refusal from before signatures are compared. A proxy may have removed a signed header. */
function refused({ code, message, reason }: Refusal, headers: RawHeaders): Explanation {
  const isOdd = code === 'SIGNED_HEADER_MISSING' || code === 'SIGNED_HEADER_REPEATED';
  const suspects = isOdd ? suspectsAmong(oddHeaders(headers)) : [];
  const told = [
    `${code}: ${message}`,
    ...(reason === undefined ? [] : [`Reason: ${reason}.`]),
    ...suspects.slice(0, 1).map(() => suspicion(suspects)),
  ];
  return {
    canonicalRequest: '',
    stringToSign: '',
    matches: false,
    ...named(suspects),
    text: printable(told.join(' ')),
  };
}

/** The signed headers that did not come once. */
function oddHeaders(headers: RawHeaders): string[] {
  const signed = new HeaderNames(parseAuthorization(headers.first(AUTHORIZATION)!)!.signedHeaders);
  const values = signed.valuesIn(headers);
  return signed.list.filter((_, at) => typeof values[at] !== 'string');
}

function named(suspects: readonly string[]): Pick<Explanation, 'suspects'> {
  return suspects.length > 0 ? { suspects } : {};
}

function textsOf(seen: SeenRequest): Pick<Explanation, 'canonicalRequest' | 'stringToSign'> {
  const hash = sha256Hex(canonicalRequest(seen.parts));
  return { canonicalRequest: shown(seen, seen.parts), stringToSign: printable(stringToSign(seen.sdkDate, hash)) };
}
