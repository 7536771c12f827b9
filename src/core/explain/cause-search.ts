import { canonicalRequest, type CanonicalRequestParts } from '../scheme/canonical-request.js';
import { computeSignature, signaturesEqual } from '../scheme/signature.js';
import { CAUSES, RARE_CAUSES, type Cause } from './causes.js';
import { alternately } from './iterables.js';
import { bothOf, partsOf, type Guess, type SeenRequest } from './guess.js';

/** One cause or two, and the guess at what was signed. */
interface Attempt {
  readonly causes: readonly Cause[];
  readonly guess: Guess;
}

/** An attempt that makes the signature match, and the canonical request that was signed. */
export interface Proof extends Attempt {
  readonly parts: CanonicalRequestParts;
}

/** The most signatures that are computed for one explanation, and the most bytes that are hashed for them. */
const MOST_SIGNATURES = 1000;
const MOST_BYTES = 2 ** 20;

/**
 * The first attempt that makes the signature match. `none`: all likely attempts were tried. `limits`: they were too
 * many.
 */
export function search(seen: SeenRequest): Proof | 'none' | 'limits' {
  let [signatures, bytes] = [0, 0];
  for (const { isRare, variants, ...attempt } of attempts(seen)) {
    const { secrets = seen.secrets, sdkDate = seen.sdkDate } = attempt.guess;
    for (const { parts, text } of variants) {
      for (const secret of secrets) {
        signatures += 1;
        bytes += text.length;
        if (signatures > MOST_SIGNATURES || bytes > MOST_BYTES) return isRare ? 'none' : 'limits';
        if (signaturesEqual(computeSignature(secret, sdkDate, text), seen.signature)) return { ...attempt, parts };
      }
    }
  }
  return 'none';
}

/** An attempt, and its canonical requests: one for each order of the query. */
interface Trial extends Attempt {
  readonly variants: readonly { readonly parts: CanonicalRequestParts; readonly text: string }[];
  /** Whether the attempt is unlikely, so that the limits may leave it out. */
  readonly isRare: boolean;
}

/** All likely causes. Then rare causes and pairs of causes, the likeliest pairs first. */
function* attempts(seen: SeenRequest): Iterable<Trial> {
  const untried = untriedVariants(seen);
  const forPairs: Ranked[] = [];
  for (const cause of CAUSES) {
    let rank = 0;
    for (const guess of cause.guesses(seen)) {
      const variants = untried(guess);
      if (variants.length === 0) continue;
      const attempt = { causes: [cause], guess };
      yield { ...attempt, variants, isRare: false };
      if (rank < cause.inPairs) forPairs.push({ ...attempt, rank: rank++ });
    }
  }
  for (const attempt of unlikelyAttempts(seen, forPairs)) {
    yield { ...attempt, variants: untried(attempt.guess), isRare: true };
  }
}

function* unlikelyAttempts(seen: SeenRequest, forPairs: readonly Ranked[]): Iterable<Attempt> {
  const all = pairsOf(forPairs);
  const isUsual = (pair: Pair) => pair.every(({ causes }) => causes[0]!.inPairs > 2);
  const [usual, unusual] = [all.filter(isUsual), all.filter((pair) => !isUsual(pair))];
  yield* together(usual);
  yield* alternately(together(unusual), rareAttempts(seen));
}

function* rareAttempts(seen: SeenRequest): Iterable<Attempt> {
  for (const cause of RARE_CAUSES) for (const guess of cause.guesses(seen)) yield { causes: [cause], guess };
}

/**
 * Gives the new canonical requests of a guess. The received one is not new, as it does not match; nor are those of
 * earlier guesses.
 */
function untriedVariants(seen: SeenRequest): (guess: Guess) => Trial['variants'] {
  const tried = new Set([...partsOf(seen, {})].map(canonicalRequest));
  return (guess) => {
    const variants = Array.from(partsOf(seen, guess), (parts) => ({ parts, text: canonicalRequest(parts) }));
    // With another secret or date, an equal canonical request has another signature.
    if (guess.secrets !== undefined || guess.sdkDate !== undefined) return variants;
    const untried = variants.filter(({ text }) => !tried.has(text));
    for (const { text } of untried) tried.add(text);
    return untried;
  };
}

/** An attempt, and how many attempts of its cause are likelier. */
interface Ranked extends Attempt {
  readonly rank: number;
}

type Pair = readonly [Ranked, Ranked];

/** All pairs of attempts, the likeliest first. */
function pairsOf(ranked: readonly Ranked[]): Pair[] {
  const all = ranked.flatMap((one, at) => ranked.slice(at + 1).map((other): Pair => [one, other]));
  return all.sort(([a, b], [c, d]) => a.rank + b.rank - c.rank - d.rank);
}

function* together(pairs: readonly Pair[]): Iterable<Attempt> {
  for (const [one, other] of pairs) {
    const guess = one.causes[0] === other.causes[0] ? undefined : bothOf(one.guess, other.guess);
    if (guess) yield { causes: [...one.causes, ...other.causes], guess };
  }
}
