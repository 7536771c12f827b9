import { canonicalRequest, type CanonicalRequestParts } from '../scheme/canonical-request.js';
import { CAUSES, type Cause } from './causes.js';
import type { Guess, SeenRequest } from './guess.js';
import { computeSignature, signaturesEqual } from '../scheme/signature.js';

/** One or two causes at a time, and what would have been signed then. */
interface Attempt {
  readonly causes: readonly Cause[];
  readonly guess: Guess;
}

/** Signatures that are computed for one explanation, and bytes that are hashed for them. */
const MOST_SIGNATURES = 1000;
const MOST_BYTES = 2 ** 20;

const NO_CAUSE =
  "No cause found. The secret here is not the signer's, or what was signed has changed in a way that cannot be guessed: " +
  "compare the canonical request with the gateway's own, part by part.";
const GIVEN_UP =
  'No cause found before the limits of an explanation: the request is too large, or there are too many keys.';

/** The first attempt that makes the signature match, or why there is none. */
export function search(
  seen: SeenRequest,
): { readonly attempt: Attempt; readonly parts: CanonicalRequestParts } | string {
  let [signatures, bytes] = [0, 0];
  for (const { attempt, parts, secret } of trials(seen)) {
    const text = canonicalRequest(parts);
    signatures += 1;
    bytes += text.length;
    if (!(signatures <= MOST_SIGNATURES && bytes <= MOST_BYTES)) return GIVEN_UP;
    const signature = computeSignature(secret, attempt.guess.sdkDate ?? seen.sdkDate, text);
    if (signaturesEqual(signature, seen.signature)) return { attempt, parts };
  }
  return NO_CAUSE;
}

function* trials(seen: SeenRequest) {
  for (const attempt of attempts(seen)) {
    const { note: _note, secrets = seen.secrets, sdkDate: _date, canonicalQuery, ...others } = attempt.guess;
    for (const query of canonicalQuery === undefined ? seen.canonicalQueries : [canonicalQuery]) {
      const parts = { ...seen.parts, ...others, canonicalQuery: query };
      for (const secret of secrets) yield { attempt, parts, secret };
    }
  }
}

function* attempts(seen: SeenRequest): Iterable<Attempt> {
  for (const cause of CAUSES) yield* single(cause, seen);
  const ofProxies = CAUSES.filter(({ byProxy }) => byProxy).flatMap((cause) => single(cause, seen));
  for (const [index, one] of ofProxies.entries()) {
    for (const other of ofProxies.slice(index + 1)) {
      const causes = [...one.causes, ...other.causes];
      if (areApart(one.guess, other.guess)) yield { causes, guess: { ...one.guess, ...other.guess } };
    }
  }
}

function single(cause: Cause, seen: SeenRequest): Attempt[] {
  return Array.from(cause.guesses(seen), (guess) => ({ causes: [cause], guess }));
}

/** Whether two guesses speak of different parts of the request. */
function areApart(one: Guess, other: Guess): boolean {
  return Object.keys(other).every((part) => !(part in one));
}
