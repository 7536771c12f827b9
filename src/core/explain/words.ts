import { canonicalRequest, type CanonicalRequestParts } from '../scheme/canonical-request.js';
import { maskHeaders, maskPairs, maskSecrets, printable } from '../printable.js';
import { X_SDK_CONTENT_SHA256 } from '../scheme/names.js';
import { EMPTY_HASH } from '../scheme/signature.js';
import { bodyRespelled } from './body-causes.js';
import type { Proof } from './cause-search.js';
import type { Guess, SeenRequest } from './guess.js';

/** The most characters of one part of a request in a sentence. */
const MOST_OF_PART = 120;
/** The most suspects that a sentence names. */
const MOST_NAMED = 8;

/** The gateway prints no canonical request of the signature that a backend gets. */
const COMPARE =
  'compare the canonical request, part by part, with the backend address that the gateway calls and with what the caller sent';

/** A canonical request for people to read, without values that grant access. */
export function shown(seen: SeenRequest, parts: CanonicalRequestParts): string {
  const masked = canonicalRequest({
    ...parts,
    canonicalUri: maskPairs(parts.canonicalUri),
    canonicalQuery: maskPairs(parts.canonicalQuery),
    canonicalHeaders: maskHeaders(parts.canonicalHeaders),
  });
  return printable(maskSecrets(masked, secretsOf(seen)));
}

/** What happened, what was signed and what came, and what to change. */
export function proofInWords(seen: SeenRequest, { causes, guess, parts }: Proof): string {
  const changes = changedParts(seen, guess, parts);
  const listed = (at: 1 | 2) => changes.map((change) => `${change[0]} "${change[at]}"`).join(', ');
  const sentences = [
    ...(causes.length > 1 ? ['Two things together.'] : []),
    ...causes.map(({ what }) => what),
    ...(changes.length > 0 ? [`Signed: ${listed(1)}. Received: ${listed(2)}.`] : []),
    ...(guess.note === undefined ? [] : [guess.note]),
    ...new Set(causes.map(({ remedy }) => remedy)),
  ];
  return sentences.join(' ');
}

/**
 * Why no cause is named, and what to check. The secret is named only if no signed header is of the kind that proxies
 * change.
 */
export function noProofInWords(seen: SeenRequest, why: 'none' | 'limits', suspects: readonly string[]): string {
  const found =
    why === 'none'
      ? 'No cause found.'
      : 'No cause found before the limits of an explanation: the request is too large, or there are too many keys.';
  if (suspects.length > 0) return `${found} ${suspicion(suspects)} If that does not help, ${COMPARE}.`;
  if (why === 'limits') return `${found} Instead, ${COMPARE}.`;
  return (
    `${found} No signed header is of the kind that proxies change, so it is most likely the secret` +
    `${isBodyTried(seen) ? '' : ', or the body, of which no other spelling was tried'}: ` +
    `compare the secret in the gateway with the one here. If they are equal, a hop changed Host, the path, the query, a ` +
    `signed header or the body in a way that cannot be guessed: ${COMPARE}.`
  );
}

function isBodyTried(seen: SeenRequest): boolean {
  const { bodyHash, signedHeaders } = seen.parts;
  if (bodyHash === EMPTY_HASH || signedHeaders.includes(X_SDK_CONTENT_SHA256)) return true;
  for (const _ of bodyRespelled(seen)) return true;
  return false;
}

/** Which signed headers proxies usually change, and what to do about it. */
export function suspicion(suspects: readonly string[]): string {
  const more = suspects.length - MOST_NAMED;
  const names = suspects.slice(0, MOST_NAMED).map((name) => printable(name, MOST_OF_PART));
  const listed = names.join(', ') + (more > 0 ? ` and ${more} more` : '');
  return (
    `Proxies and load balancers often change these signed headers: ${listed}. ` +
    "Take them out of the gateway's signed headers, or have each hop leave them alone."
  );
}

type Change = readonly [part: string, signed: string, received: string];

/** The parts that a guess changes, without the body's hash, which tells a reader nothing. */
function changedParts(seen: SeenRequest, guess: Guess, parts: CanonicalRequestParts): Change[] {
  const headers = [...(guess.headers ?? [])].map(([name, value]): Change => {
    return [`header ${name}`, maskValue(name, value), maskValue(name, seen.signedValues.get(name)!)];
  });
  const all: Change[] = [
    ['method', parts.method, seen.parts.method],
    ['path', maskPairs(parts.canonicalUri), maskPairs(seen.parts.canonicalUri)],
    // If the guess does not name the query, the query only has another order that is accepted.
    ...(guess.canonicalQuery === undefined ? [] : [queryChange(seen, parts)]),
    ...headers,
  ];
  const secrets = secretsOf(seen);
  return all
    .filter(([, signed, received]) => signed !== received)
    .map(([part, ...both]) => [part, ...both.map((text) => printable(maskSecrets(text, secrets), MOST_OF_PART))])
    .map((change) => change as unknown as Change);
}

function queryChange(seen: SeenRequest, parts: CanonicalRequestParts): Change {
  return ['query', maskPairs(parts.canonicalQuery), maskPairs(seen.parts.canonicalQuery)];
}

function maskValue(name: string, value: string): string {
  return maskHeaders(`${name}:${value}`).slice(name.length + 1);
}

function secretsOf({ secrets, secretsOfOthers }: SeenRequest): string[] {
  return [secrets, ...secretsOfOthers.values()].flat();
}
