import { formatAuthorization, parseAuthorization } from '../core/scheme/authorization.js';
import {
  canonicalQuery,
  canonicalRequest,
  canonicalUri,
  queryPairs,
  splitTarget,
} from '../core/scheme/canonical-request.js';
import { explainMismatch, type RequestToExplain } from '../core/explain/explain-mismatch.js';
import type { Secrets } from '../core/keys/keyring.js';
import { printable } from '../core/printable.js';
import { computeSignature, sha256Hex } from '../core/scheme/signature.js';
import { canonicalHeadersOf, indexHeaders } from '../core/scheme/wire-request.js';
import { toWireText } from '../core/scheme/wire-text.js';
import { readInput } from './read-body.js';
import { differences, readCanonicalForm, type ReadCanonicalRequest } from './canonical-form.js';
import { EXPLAIN_FLAGS, readCommandLine } from './flags.js';
import { isHttpText, readHttpText } from './http-text.js';
import { findKeys, type Environment } from './secret-source.js';
import { escapeUnshown } from './unshown.js';
import { UsageError } from './usage-error.js';

/** What `apig-sign explain` has to say, and whether the signature matches. */
export interface Findings {
  readonly text: string;
  readonly matches: boolean;
}

type Keys = Readonly<Record<string, Secrets>>;

/** `apig-sign explain`: tells why the signature of a request, in a file or on standard input, does not match. Throws a UsageError. */
export function explain(args: readonly string[], environment: Environment): Findings {
  const line = readCommandLine(args, EXPLAIN_FLAGS);
  const [file, ...others] = line.words;
  if (others.length > 0) throw new UsageError(`Expected one FILE, not ${line.words.length}: apig-sign explain [FILE]`);
  const keysFor = (authorization: string | undefined) => {
    return findKeys(line, environment, authorization && parseAuthorization(authorization)?.key);
  };
  const input = readInput(file ?? '-', file === undefined ? 'standard input' : 'FILE');
  if (isHttpText(input)) {
    if (line.has('authorization')) throw new UsageError('--authorization belongs to a canonical request: leave it out');
    const { request, notes } = readHttpText(input);
    const keys = keysFor(headerOf(request, 'authorization'));
    const findings = explainRequest(request, keys, readCanonicalFlag(line.value('canonical')));
    return { ...findings, text: escapeUnshown([...notes, findings.text].join('\n')) };
  }
  const canonical = readCanonicalForm(input.toString('latin1'));
  if (!canonical) {
    throw new UsageError(
      `${file === undefined ? 'standard input' : 'FILE'} is neither HTTP text (GET /path HTTP/1.1, headers, an empty line, body) nor a canonical request (GET|/path/|...)`,
    );
  }
  if (line.has('canonical')) throw new UsageError('--canonical needs a whole request: HTTP text');
  const authorization = line.value('authorization')?.replace(/^\s*authorization:\s*/i, '');
  const keys = keysFor(authorization);
  const findings = explainCanonical(canonical, keys, authorization);
  return { ...findings, text: escapeUnshown(findings.text) };
}

function readCanonicalFlag(value: string | undefined): ReadCanonicalRequest | undefined {
  if (value === undefined) return undefined;
  const { form } = EXPLAIN_FLAGS.canonical;
  const text = value.startsWith('@') ? readInput(value.slice(1), form).toString('latin1') : toWireText(value);
  const canonical = readCanonicalForm(text);
  if (!canonical) throw new UsageError(`--canonical: this is no canonical request: ${form}`);
  return canonical;
}

function explainRequest(request: RequestToExplain, keys: Keys, there: ReadCanonicalRequest | undefined): Findings {
  const explanation = explainMismatch(request, { keys });
  const { canonicalRequest, stringToSign, cause, signed, text, matches } = explanation;
  const told = [
    ...(canonicalRequest === ''
      ? []
      : [`canonical request  ${canonicalRequest}`, `string to sign     ${stringToSign}`]),
    ...(signed === undefined ? [] : [`signed was         ${signed}`]),
    cause ? `${cause.code}: ${text}` : text,
  ];
  const compared = there ? compare(request, keys, there, matches) : [];
  return { matches, text: [...told, ...compared].join('\n') };
}

/** What a canonical request from elsewhere tells of a request. */
function compare(request: RequestToExplain, keys: Keys, there: ReadCanonicalRequest, matches: boolean): string[] {
  const authorization = parseAuthorization(headerOf(request, 'authorization') ?? '');
  if (!authorization) return [];
  const here = canonicalOf(request, authorization.signedHeaders);
  if (!here) return [];
  const isOfThere = signaturesOf(there, keys).some(({ signature }) => signature === authorization.signature);
  const found = differences(here, there).flatMap(({ part, here, there }) => [
    `  ${part}`,
    `    in the request    ${printable(here)}`,
    `    in --canonical    ${printable(there)}`,
  ]);
  const differ = found.length > 0 ? 'They differ in:' : 'They are the same.';
  return ['', relation(isOfThere, matches), differ, ...found];
}

function relation(isOfThere: boolean, matches: boolean): string {
  if (isOfThere && !matches)
    return 'The secret is right, and --canonical is what was signed: the request was changed since.';
  if (isOfThere || matches) return 'The secret is right, and the request is what was signed.';
  return 'The signature is neither of the request nor of --canonical: the secrets differ, or --canonical is of another request.';
}

/** The canonical request of what arrived; nothing if it has none, which the verdict tells of. */
function canonicalOf(request: RequestToExplain, signedHeaders: readonly string[]): ReadCanonicalRequest | undefined {
  const index = indexHeaders(request.headers);
  if (!signedHeaders.every((name) => index.get(name)?.length === 1)) return undefined;
  const [path, query] = splitTarget(request.target);
  const uri = canonicalUri(path);
  const pairs = queryPairs(query);
  const headers = canonicalHeadersOf(index, signedHeaders);
  if (uri === undefined || pairs === undefined || headers === undefined) return undefined;
  const isDeclared = signedHeaders.includes('x-sdk-content-sha256');
  return readCanonicalForm(
    canonicalRequest({
      method: request.method.toUpperCase(),
      canonicalUri: uri,
      canonicalQuery: canonicalQuery(pairs),
      canonicalHeaders: headers,
      signedHeaders,
      bodyHash: isDeclared ? index.get('x-sdk-content-sha256')![0]! : sha256Hex(request.body ?? ''),
    }),
  );
}

/** Takes a canonical request for the request itself; without its Authorization, tells what that should be. */
function explainCanonical(canonical: ReadCanonicalRequest, keys: Keys, authorization: string | undefined): Findings {
  if (authorization !== undefined) {
    const { method, canonicalUri, canonicalQuery, headers, bodyHash } = canonical;
    const target = canonicalQuery === '' ? canonicalUri : `${canonicalUri}?${canonicalQuery}`;
    const request = { method, target, headers: [...headers, ['Authorization', authorization] as const], bodyHash };
    return explainRequest(request, keys, undefined);
  }
  const lines = signaturesOf(canonical, keys).map((claim) => `Authorization: ${formatAuthorization(claim)}`);
  const text = 'Signed with the secrets at hand, this canonical request has, and so the request should have had:';
  return { matches: true, text: [text, ...lines].join('\n') };
}

function signaturesOf(canonical: ReadCanonicalRequest, keys: Keys) {
  const { signedHeaders, headers } = canonical;
  const text = canonicalRequest(canonical);
  return Object.entries(keys).flatMap(([key, secrets]) =>
    [secrets].flat().map((secret) => ({
      key,
      signedHeaders,
      signature: computeSignature(secret, headers.get('x-sdk-date') ?? '', text),
    })),
  );
}

function headerOf({ headers }: RequestToExplain, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}
