import { parseAuthorization } from '../../core/scheme/authorization.js';
import { HeaderNames } from '../../core/fast/header-names.js';
import { canonicalPartsOf } from '../../core/scheme/canonical-parts.js';
import { canonicalRequest } from '../../core/scheme/canonical-request.js';
import type { RequestToExplain } from '../../core/explain/explanation.js';
import type { Secrets } from '../../core/keys/keyring.js';
import { printable } from '../../core/printable.js';
import { UNSIGNED_PAYLOAD, X_SDK_DATE } from '../../core/scheme/names.js';
import { RawHeaders } from '../../core/scheme/raw-headers.js';
import { computeSignature, EMPTY_HASH, sha256Hex } from '../../core/scheme/signature.js';
import {
  differences,
  isMasked,
  readCanonicalForm,
  unmasked,
  type Difference,
  type ReadCanonicalRequest,
} from './canonical-form.js';
import { headerOf } from './http-text.js';

type Keys = Readonly<Record<string, Secrets>>;

/** The comparison of a request with a canonical request from elsewhere. */
export interface Comparison {
  /** Which of the two was signed, as far as the configured secrets tell. */
  readonly relation: string;
  readonly differences: readonly Difference[];
}

/**
 * Compares a request with the gateway's own canonical request. Returns nothing for a request without a canonical
 * request.
 */
export function compare(
  request: RequestToExplain,
  keys: Keys,
  shown: ReadCanonicalRequest,
  matches: boolean,
): Comparison | undefined {
  const authorization = parseAuthorization(headerOf(request, 'authorization') ?? '');
  const here = authorization && canonicalOf(request, authorization.signedHeaders);
  if (!here) return undefined;
  const there = unmasked(shown, [here.bodyHash, EMPTY_HASH, sha256Hex('{}'), UNSIGNED_PAYLOAD]);
  const isOfThere = signaturesOf(there, keys).some(({ signature }) => signature === authorization.signature);
  return { relation: relation(isOfThere, matches, isMasked(there.bodyHash)), differences: differences(here, there) };
}

/** A comparison for people to read. */
export function comparisonInWords({ relation, differences }: Comparison): string[] {
  const found = differences.flatMap(({ part, here, there }) => [
    `  ${part}`,
    `    in the request    ${printable(here)}`,
    `    in --canonical    ${printable(there)}`,
  ]);
  return ['', relation, found.length > 0 ? 'They differ in:' : 'They are the same.', ...found];
}

function relation(isOfThere: boolean, matches: boolean, isUnknown: boolean): string {
  if (isOfThere && !matches)
    return 'The secret is right, and --canonical is what was signed: the request was changed since.';
  if (isOfThere || matches) return 'The secret is right, and the request is what was signed.';
  if (isUnknown)
    return 'The body hash of --canonical is masked, and not that of the body here: the body differs, and the secret cannot be checked.';
  return 'The signature is neither of the request nor of --canonical: the secrets differ, or --canonical is of another request.';
}

/** The canonical request of the received request. Returns nothing if it has none. Then the verdict says why. */
function canonicalOf(request: RequestToExplain, names: readonly string[]): ReadCanonicalRequest | undefined {
  const values = new HeaderNames(names).valuesIn(RawHeaders.of(request.headers));
  if (!values.every((value) => typeof value === 'string')) return undefined;
  const hashBody = () => request.bodyHash ?? sha256Hex(request.body ?? '');
  const parts = canonicalPartsOf(request, { names, values }, hashBody);
  return typeof parts === 'string' ? undefined : readCanonicalForm(canonicalRequest(parts));
}

/** The signatures of a canonical request, one for each secret. */
export function signaturesOf(canonical: ReadCanonicalRequest, keys: Keys) {
  const { signedHeaders, headers } = canonical;
  const text = canonicalRequest(canonical);
  return Object.entries(keys).flatMap(([key, secrets]) =>
    [secrets].flat().map((secret) => ({
      key,
      signedHeaders,
      signature: computeSignature(secret, headers.get(X_SDK_DATE) ?? '', text),
    })),
  );
}
