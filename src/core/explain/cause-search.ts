import { canonicalRequest, type CanonicalRequestParts } from '../scheme/canonical-request.js';
import { computeSignature, signaturesEqual } from '../scheme/signature.js';
import { CAUSES, RARE_CAUSES, type Cause } from './causes.js';
import { bothOf, partsOf, type Guess, type SeenRequest } from './guess.js';

/** One or two causes at a time, and what would have been signed then. */
interface Attempt {
  readonly causes: readonly Cause[];
  readonly guess: Guess;
}

/** An attempt that makes the signature match, and the canonical request that was signed. */
export interface Proof extends Attempt {
  readonly parts: CanonicalRequestParts;
}

/** Signatures that are computed for one explanation, and bytes that are hashed for them. */
const MOST_SIGNATURES = 1000;
const MOST_BYTES = 2 ** 20;

/** The first attempt that makes the signature match; otherwise whether all likely ones were tried, or the limits met. */
export function search(seen: SeenRequest): Proof | 'none' | 'limits' {
  const room = new Room();
  // What came does not match: no guess has to find that out again.
  const tried = new Set([...partsOf(seen, {})].map(canonicalRequest));
  for (const { isRare, ...attempt } of attempts(seen)) {
    const { secrets = seen.secrets, sdkDate = seen.sdkDate } = attempt.guess;
    for (const parts of partsOf(seen, attempt.guess)) {
      const text = canonicalRequest(parts);
      const isKnown = secrets === seen.secrets && sdkDate === seen.sdkDate;
      if (isKnown && tried.has(text)) continue;
      if (isKnown) tried.add(text);
      for (const secret of secrets) {
        if (!room.take(text.length)) return isRare ? 'none' : 'limits';
        if (signaturesEqual(computeSignature(secret, sdkDate, text), seen.signature)) return { ...attempt, parts };
      }
    }
  }
  return 'none';
}

/** What an explanation may still cost. */
class Room {
  #signatures = MOST_SIGNATURES;
  #bytes = MOST_BYTES;

  take(bytes: number): boolean {
    this.#signatures -= 1;
    this.#bytes -= bytes;
    return this.#signatures >= 0 && this.#bytes >= 0;
  }
}

/** All likely causes; then two together, those first that are most likely of their kind; then what is rare. */
function* attempts(seen: SeenRequest): Iterable<Attempt & { readonly isRare: boolean }> {
  const forPairs: (Attempt & { readonly rank: number })[] = [];
  for (const cause of CAUSES) {
    let rank = 0;
    for (const guess of cause.guesses(seen)) {
      const attempt = { causes: [cause], guess };
      yield { ...attempt, isRare: false };
      if (rank < cause.inPairs) forPairs.push({ ...attempt, rank: rank++ });
    }
  }
  for (const attempt of pairs(forPairs)) yield { ...attempt, isRare: true };
  for (const cause of RARE_CAUSES) {
    for (const guess of cause.guesses(seen)) yield { causes: [cause], guess, isRare: true };
  }
}

function* pairs(ranked: readonly (Attempt & { readonly rank: number })[]): Iterable<Attempt> {
  const all = ranked.flatMap((one, at) => ranked.slice(at + 1).map((other) => [one, other] as const));
  for (const [one, other] of all.sort(([a, b], [c, d]) => a.rank + b.rank - c.rank - d.rank)) {
    const guess = one.causes[0] === other.causes[0] ? undefined : bothOf(one.guess, other.guess);
    if (guess) yield { causes: [...one.causes, ...other.causes], guess };
  }
}
