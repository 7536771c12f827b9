import { parseAuthorization } from '../scheme/authorization.js';
import {
  canonicalQuery,
  canonicalRequest,
  canonicalUri,
  queryPairs,
  splitTarget,
  stringToSign,
  type CanonicalRequestParts,
} from '../scheme/canonical-request.js';
import { Keyring, type Secrets } from '../keys/keyring.js';
import { MOST_JSON } from './body-causes.js';
import { LOCAL_TIME, type CauseCode } from './causes.js';
import { zoneOf } from './date-cause.js';
import type { SeenRequest } from './guess.js';
import { search } from './cause-search.js';
import { maskHeaders, maskPairs, maskSecrets, printable } from '../printable.js';
import { parseSdkDate } from '../scheme/sdk-date.js';
import { sha256Hex } from '../scheme/signature.js';
import type { Verdict } from '../verify/verdict.js';
import { Verifier } from '../verify/verifier.js';
import type { VerifierSettings } from '../verify/verifier.options.js';
import { canonicalHeadersOf, indexHeaders, type WireRequest } from '../scheme/wire-request.js';

/** A request as it came over the wire, as for `verify`. */
export interface RequestToExplain extends Omit<WireRequest, 'body'> {
  /** The body's bytes. Not set: there are none, or `bodyHash` is. */
  readonly body?: Uint8Array | undefined;
  /** The body's lower-case hex sha256, where its bytes are not at hand. Not set: that of `body`. */
  readonly bodyHash?: string | undefined;
  /** What a parser made of a JSON body. Not set: `body` is parsed. Nothing above some 64 KB is looked at. */
  readonly parsedBody?: unknown;
}

/** What to explain with. */
export interface ExplainOptions extends Pick<VerifierSettings, 'plusInQuery' | 'encodedSlash' | 'queryPieces'> {
  /** Secrets by the name of their signing key. The one that the request names must be among them. */
  readonly keys: Readonly<Record<string, Secrets>>;
  /** When the request came, in milliseconds since 1970. Not set: whether its date is in time is not looked at. */
  readonly arrival?: number | undefined;
  /** Prefixes that a proxy may take off paths, `/api`. Not set: usual ones, and those that headers tell of. */
  readonly pathPrefixes?: readonly string[] | undefined;
}

/** Why a signature does not match, in texts of printable ASCII that may be logged. */
export interface Explanation {
  /** What the verifier hashed, newlines as `|`, cookies and tokens as `***`. Empty if the request could not be read. */
  readonly canonicalRequest: string;
  /** What the signature should have been made of, newlines as `|`. Empty if the request could not be read. */
  readonly stringToSign: string;
  /** Whether the signature matches as it is. */
  readonly matches: boolean;
  /** The first cause found, in words and with the remedy. Not set: none was. */
  readonly cause?: {
    /** Stable, and what programs should read. */
    readonly code: CauseCode;
    /** What happened, and what to do about it. */
    readonly text: string;
  };
  /** What was signed, as far as that is another canonical request. Not set: no cause was found, or it is the same one. */
  readonly signed?: string;
  /** The cause's text, or a sentence that says why there is none. */
  readonly text: string;
}

/** Other keys whose secrets are looked at. */
export const MOST_KEYS = 1000;

/**
 * Finds out why a request's signature does not match: tries what usually goes wrong, one thing after another and then
 * two together, and names the first that makes the signature match. So a cause is proved, not guessed; only a date in
 * local time is told by how far it is from `arrival`. Bounded in time and memory; asks nobody for keys, changes no
 * verdict, shows no secret.
 *
 * Throws a TypeError, which shows no secret, for keys that could not work, and nothing for any request.
 */
export function explainMismatch(request: RequestToExplain, options: ExplainOptions): Explanation {
  if (typeof options.keys === 'function') throw new TypeError('keys: expected an object of secrets by key name');
  const keyring = new Keyring(options.keys);
  const headers = indexHeaders(request.headers);
  const date = parseSdkDate(headers.get('x-sdk-date')?.[0] ?? '') ?? NaN;
  const bodyHash = request.bodyHash ?? sha256Hex(request.body ?? new Uint8Array());
  // As of the request's own date. Answers at once: neither keys nor body have to be waited for.
  const verifier = new Verifier(keyring, { ...options, now: () => date });
  const verdict = verifier.verify({ ...request, body: () => bodyHash }) as Verdict;
  if (verdict.ok) return matching(see(request, options, bodyHash)!, zoneOf(date, options.arrival ?? NaN));
  const { code, message } = verdict.refusal;
  const seen = code === 'SIGNATURE_MISMATCH' ? see(request, options, bodyHash) : undefined;
  if (seen) return mismatching(seen);
  return { canonicalRequest: '', stringToSign: '', matches: false, text: printable(`${code}: ${message}`) };
}

/** What the verifier has read without fault. Nothing if a signed header's value cannot have been signed. */
function see(request: RequestToExplain, options: ExplainOptions, bodyHash: string): SeenRequest | undefined {
  const { plusInQuery = 'space', pathPrefixes = [] } = options;
  const headers = indexHeaders(request.headers);
  const { key, signedHeaders, signature } = parseAuthorization(headers.get('authorization')![0]!)!;
  const canonicalHeaders = canonicalHeadersOf(headers, signedHeaders);
  if (canonicalHeaders === undefined) return undefined;
  const [path, query] = splitTarget(request.target);
  const pairs = queryPairs(query, plusInQuery)!;
  const orders = ['decoded', 'encoded', 'utf-16'] as const;
  const canonicalQueries = [...new Set(orders.map((order) => canonicalQuery(pairs, order)))];
  const parts = {
    method: request.method.toUpperCase(),
    canonicalUri: canonicalUri(path)!,
    canonicalQuery: canonicalQueries[0]!,
    canonicalHeaders,
    signedHeaders,
    bodyHash: signedHeaders.includes('x-sdk-content-sha256') ? headers.get('x-sdk-content-sha256')![0]! : bodyHash,
  };
  const sdkDate = headers.get('x-sdk-date')![0]!;
  const json = request.parsedBody ?? jsonIn(request.body);
  const asReceived = { parts, sdkDate, signature, path, query, queryPairs: pairs, canonicalQueries, headers, json };
  return { ...asReceived, ...secretsIn(options.keys, key), plusInQuery, pathPrefixes };
}

function secretsIn(keys: ExplainOptions['keys'], key: string): Pick<SeenRequest, 'secrets' | 'secretsOfOthers'> {
  const all = Object.entries(keys).map(([name, secrets]) => [name, [secrets].flat()] as const);
  const secretsOfOthers = new Map(all.filter(([name]) => name !== key).slice(0, MOST_KEYS));
  return { secrets: new Map(all).get(key)!, secretsOfOthers };
}

/** JSON of a size that is worth a try. */
function jsonIn(body: Uint8Array | undefined): unknown {
  if (!body || body.length > MOST_JSON) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined; // it is none
  }
}

function matching(seen: SeenRequest, zone: string | undefined): Explanation {
  const texts = { ...textsOf(seen), matches: true };
  if (zone === undefined) return { ...texts, text: 'The signature matches.' };
  const text = `${LOCAL_TIME.text} The zone seems to be ${zone}.`;
  return { ...texts, cause: { code: LOCAL_TIME.code, text }, text };
}

function mismatching(seen: SeenRequest): Explanation {
  const texts = { ...textsOf(seen), matches: false };
  const found = search(seen);
  if (typeof found === 'string') return { ...texts, text: found };
  const { causes, guess } = found.attempt;
  const told = [...causes.map(({ text }) => text), ...(guess.note === undefined ? [] : [guess.note])].join(' ');
  const text = causes.length > 1 ? `Two things together. ${told}` : told;
  const signed = shown(seen, found.parts);
  const cause = { code: causes[0]!.code, text };
  return { ...texts, cause, ...(signed === texts.canonicalRequest ? {} : { signed }), text };
}

function textsOf(seen: SeenRequest): Pick<Explanation, 'canonicalRequest' | 'stringToSign'> {
  const hash = sha256Hex(canonicalRequest(seen.parts));
  return { canonicalRequest: shown(seen, seen.parts), stringToSign: printable(stringToSign(seen.sdkDate, hash)) };
}

function shown({ secrets, secretsOfOthers }: SeenRequest, parts: CanonicalRequestParts): string {
  const masked = canonicalRequest({
    ...parts,
    canonicalUri: maskPairs(parts.canonicalUri),
    canonicalQuery: maskPairs(parts.canonicalQuery),
    canonicalHeaders: maskHeaders(parts.canonicalHeaders),
  });
  return printable(maskSecrets(masked, [secrets, ...secretsOfOthers.values()].flat()));
}
