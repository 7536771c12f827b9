import { HeaderNames } from '../fast/header-names.js';
import { parseAuthorization } from '../scheme/authorization.js';
import { canonicalPartsOf } from '../scheme/canonical-parts.js';
import { canonicalQuery, queryPairs, splitTarget } from '../scheme/canonical-request.js';
import { AUTHORIZATION, X_SDK_DATE } from '../scheme/names.js';
import { RawHeaders } from '../scheme/raw-headers.js';
import { MOST_JSON, parsedJson } from './body-causes.js';
import { MOST_KEYS, type ExplainOptions, type RequestToExplain } from './explanation.js';
import type { SeenRequest } from './guess.js';

/**
 * The request as the verifier has read it. Returns nothing if no signer can have signed the value of a signed header.
 */
export function seeRequest(
  request: RequestToExplain,
  options: ExplainOptions,
  bodyHash: string,
): SeenRequest | undefined {
  const { plusInQuery = 'space', pathPrefix = '', pathPrefixes = [] } = options;
  const headers = RawHeaders.of(request.headers);
  const { key, signedHeaders, signature } = parseAuthorization(headers.first(AUTHORIZATION)!)!;
  const values = new HeaderNames(signedHeaders).valuesIn(headers) as string[];
  const target = pathPrefix + request.target;
  const signed = { names: signedHeaders, values };
  const parts = canonicalPartsOf({ method: request.method, target }, signed, () => bodyHash, plusInQuery);
  if (typeof parts === 'string') return undefined;
  const [path, query] = splitTarget(target);
  const pairs = queryPairs(query, plusInQuery)!;
  const orders = ['decoded', 'encoded', 'utf-16'] as const;
  const canonicalQueries = [...new Set(orders.map((order) => canonicalQuery(pairs, order)))];
  const signedValues = new Map(signedHeaders.map((name, at) => [name, values[at]!]));
  const sdkDate = signedValues.get(X_SDK_DATE)!;
  const bodyText = textOf(request.body);
  const json = request.parsedBody ?? (bodyText === undefined ? undefined : parsedJson(bodyText));
  const asReceived = { parts, sdkDate, signature, path, query, queryPairs: pairs, canonicalQueries };
  const others = { headers, signedValues, bodyText, json, plusInQuery, pathPrefix, pathPrefixes };
  return { ...asReceived, ...others, ...secretsIn(options.keys, key) };
}

function secretsIn(keys: ExplainOptions['keys'], key: string): Pick<SeenRequest, 'secrets' | 'secretsOfOthers'> {
  const all = Object.entries(keys).map(([name, secrets]) => [name, [secrets].flat()] as const);
  const secretsOfOthers = new Map(all.filter(([name]) => name !== key).slice(0, MOST_KEYS));
  return { secrets: new Map(all).get(key)!, secretsOfOthers };
}

/** The text of a body. Returns nothing if the body is too large to try, or is not UTF-8. */
function textOf(body: Uint8Array | undefined): string | undefined {
  if (!body || body.length === 0 || body.length > MOST_JSON) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}
