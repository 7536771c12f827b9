import { explainMismatch } from '../../core/explain/explain-mismatch.js';
import type { Explanation, RequestToExplain } from '../../core/explain/explanation.js';
import type { Secrets } from '../../core/keys/keyring.js';
import { formatAuthorization, parseAuthorization } from '../../core/scheme/authorization.js';
import { splitTarget } from '../../core/scheme/canonical-request.js';
import { UNSIGNED_PAYLOAD } from '../../core/scheme/names.js';
import { EMPTY_HASH, sha256Hex } from '../../core/scheme/signature.js';
import { toWireText } from '../../core/scheme/wire-text.js';
import { isMasked, readCanonicalForm, unmasked, type ReadCanonicalRequest } from './canonical-form.js';
import { compare, comparisonInWords, signaturesOf, type Comparison } from './compared-request.js';
import { EXPLAIN_FLAGS, readCommandLine, type CommandLine } from '../flags.js';
import { headerOf, isHttpText, readHttpText, type FoundRequest } from './http-text.js';
import { readAccessLog, readCurlTrace, readHar } from './http-traces.js';
import { readPathPrefix } from '../path-prefix.js';
import { readInput } from '../read-body.js';
import { findKeys, type Environment } from '../secret-source.js';
import { escapeUnshown } from '../unshown.js';
import { UsageError } from '../usage-error.js';

/** The output of `apig-sign explain`, and whether every signature matches. */
export interface Findings {
  readonly text: string;
  readonly matches: boolean;
}

/** The findings about one request. */
interface Explained {
  readonly request: RequestToExplain;
  readonly notes: readonly string[];
  readonly explanation: Explanation;
  readonly comparison?: Comparison | undefined;
}

type ExplainLine = CommandLine<keyof typeof EXPLAIN_FLAGS>;
type KeysFor = (authorization: string | undefined) => Readonly<Record<string, Secrets>>;

/** The most requests of one file that are explained. */
const MOST_REQUESTS = 100;

/** `apig-sign explain`: tells why the signatures of the requests in a file do not match. Throws a UsageError. */
export function explain(args: readonly string[], environment: Environment): Findings {
  const line = readCommandLine(args, EXPLAIN_FLAGS);
  const [file, ...more] = line.words;
  if (more.length > 0) throw new UsageError('Expected one file at most: apig-sign explain [FLAGS] [FILE]');
  const source = file === undefined || file === '-' ? 'standard input' : 'FILE';
  const input = readInput(file ?? '-', source);
  const keysFor: KeysFor = (authorization) => {
    return findKeys(line, environment, authorization && parseAuthorization(authorization)?.key);
  };
  if (isHttpText(input)) return told(explainAll([readHttpText(input, source)], line, keysFor)[0]!, line.has('json'));
  const several = readSeveral(input.toString('utf8'), source) ?? readAccessLog(input.toString('latin1'));
  if (several) return toldAll(several, line, keysFor);
  const canonical = readCanonicalForm(input.toString('latin1'));
  if (!canonical) {
    throw new UsageError(
      `${source} is none of these: HTTP text (GET /path HTTP/1.1, headers, an empty line, body), a canonical request ` +
        '(GET|/path/|...), what curl -v writes, a HAR file, access log lines with "$http_authorization" in them',
    );
  }
  if (line.has('canonical')) throw new UsageError('--canonical needs a whole request: HTTP text');
  if (line.has('path-prefix')) {
    throw new UsageError('--path-prefix belongs to a whole request: a canonical request has the prefix on it');
  }
  return explainCanonical(canonical, line, keysFor);
}

/** The requests of a HAR file or of a curl trace. Returns nothing for another text. */
function readSeveral(text: string, source: string): FoundRequest[] | undefined {
  if (!text.trimStart().startsWith('{')) return readCurlTrace(toWireText(text), source);
  try {
    return readHar(JSON.parse(text.replace(/^\ufeff/, '')));
  } catch {
    return undefined; // not valid JSON
  }
}

function explainAll(requests: readonly FoundRequest[], line: ExplainLine, keysFor: KeysFor): Explained[] {
  if (line.has('authorization')) throw new UsageError('--authorization belongs to a canonical request: leave it out');
  const there = readCanonicalFlag(line.value('canonical'));
  const pathPrefix = readPathPrefix(line.value('path-prefix'));
  return requests.map(({ request, notes }) => {
    const keys = keysFor(headerOf(request, 'authorization'));
    const explanation = explainMismatch(request, { keys, pathPrefix: pathPrefix || undefined });
    const verified = { ...request, target: pathPrefix + request.target };
    const comparison = there && compare(verified, keys, there, explanation.matches);
    return { request, notes, explanation, comparison };
  });
}

function readCanonicalFlag(value: string | undefined): ReadCanonicalRequest | undefined {
  if (value === undefined) return undefined;
  const { form } = EXPLAIN_FLAGS.canonical;
  const text = value.startsWith('@') ? readInput(value.slice(1), form).toString('latin1') : toWireText(value);
  const canonical = readCanonicalForm(text);
  if (!canonical) throw new UsageError(`--canonical: not a canonical request; expected ${form}`);
  return canonical;
}

function toldAll(requests: readonly FoundRequest[], line: ExplainLine, keysFor: KeysFor): Findings {
  if (requests.length === 0) throw new UsageError('No request in this HAR file has an Authorization header');
  const explained = explainAll(requests.slice(0, MOST_REQUESTS), line, keysFor);
  const matches = explained.every(({ explanation }) => explanation.matches) && requests.length <= MOST_REQUESTS;
  if (line.has('json')) return { matches, text: jsonText(explained.map(asJson)) };
  const texts = explained.map((each) => {
    const { method, target } = each.request;
    return `${escapeUnshown(`${method} ${splitTarget(target)[0]}`)}\n${told(each, false).text}`;
  });
  const rest = requests.length - explained.length;
  return { matches, text: [...texts, ...(rest > 0 ? [`${rest} more requests were left out.`] : [])].join('\n\n') };
}

function told(explained: Explained, isJson: boolean): Findings {
  const { notes, explanation, comparison } = explained;
  const { canonicalRequest, stringToSign, cause, signed, text, matches } = explanation;
  if (isJson) return { matches, text: jsonText(asJson(explained)) };
  const lines = [
    ...notes,
    ...(canonicalRequest === ''
      ? []
      : [`canonical request  ${canonicalRequest}`, `string to sign     ${stringToSign}`]),
    ...(signed === undefined ? [] : [`signed was         ${signed}`]),
    cause ? `${cause.code}: ${text}` : text,
    ...(comparison ? comparisonInWords(comparison) : []),
  ];
  return { matches, text: escapeUnshown(lines.join('\n')) };
}

function asJson({ request: { method, target }, notes, explanation, comparison }: Explained) {
  return { method, path: splitTarget(target)[0], ...explanation, notes, ...(comparison ? { comparison } : {}) };
}

function jsonText(value: unknown): string {
  return escapeUnshown(JSON.stringify(value, null, 2));
}

/** Explains a canonical request alone. Without an Authorization header, it says what the header should be. */
function explainCanonical(shown: ReadCanonicalRequest, line: ExplainLine, keysFor: KeysFor): Findings {
  const authorization = line.value('authorization')?.replace(/^\s*authorization:\s*/i, '');
  const keys = keysFor(authorization);
  const canonical = unmasked(shown, [EMPTY_HASH, sha256Hex('{}'), UNSIGNED_PAYLOAD]);
  const notes = isMasked(canonical.bodyHash)
    ? ['The body hash is masked, and not that of no body: what depends on the body is not explained.']
    : [];
  if (authorization !== undefined) {
    const { method, canonicalUri, canonicalQuery, headers, bodyHash } = canonical;
    const target = canonicalQuery === '' ? canonicalUri : `${canonicalUri}?${canonicalQuery}`;
    const request = { method, target, headers: [...headers, ['Authorization', authorization] as const], bodyHash };
    return told({ request, notes, explanation: explainMismatch(request, { keys }) }, line.has('json'));
  }
  if (notes.length > 0) {
    throw new UsageError(
      'The body hash is masked, so this cannot be signed: give --authorization, or the whole request with --canonical',
    );
  }
  const authorizations = signaturesOf(canonical, keys).map(formatAuthorization);
  if (line.has('json')) return { matches: true, text: jsonText({ authorizations }) };
  const text = 'With the configured secrets, this canonical request needs one of these headers:';
  return { matches: true, text: [text, ...authorizations.map((each) => `Authorization: ${each}`)].join('\n') };
}
