import type { CanonicalRequestParts } from '../../core/scheme/canonical-request.js';
import { sha256Hex } from '../../core/scheme/signature.js';

/** A canonical request, read from a text. */
export interface ReadCanonicalRequest extends CanonicalRequestParts {
  readonly signedHeaders: readonly string[];
  /** The canonical headers, one by one. */
  readonly headers: ReadonlyMap<string, string>;
}

// Each of the two expressions can begin in few places only. A single expression takes quadratic time for a text of
// another form.
const START = /(?<![A-Za-z-])([A-Za-z-]+)\|(\/[^|]*)\|([^|]*)\|/;
const REST = /^(.+)\|\|([^|]+)\|([\w*-]+)/s;
/** A body hash as gateways show it: `e3b0c***52b855`. */
const MASKED = /^([\da-f]*)\*+([\da-f]*)$/i;

/**
 * Finds a canonical request in a text (a character for each byte). It has line breaks, or `|` for them, as the gateway
 * prints it in its log and in error messages. A JSON body may surround it. Returns nothing for any other text.
 */
export function readCanonicalForm(text: string): ReadCanonicalRequest | undefined {
  const [, start = ''] = /^(?:.*canonicalRequest\W{1,4})?(.*)$/is.exec(messageIn(text.trim()))!;
  const onOneLine = start.replace(/\r?\n/g, '|');
  const line = START.exec(onOneLine);
  const rest = line && REST.exec(onOneLine.slice(line.index + line[0].length));
  if (!rest) return undefined;
  const [, method, canonicalUri, canonicalQuery] = line;
  const [, block, names, bodyHash] = rest;
  const signedHeaders = names!.split(';');
  const lines = splitHeaders(block!, signedHeaders);
  return {
    method: method!,
    canonicalUri: canonicalUri!,
    canonicalQuery: canonicalQuery!,
    canonicalHeaders: lines.map((line) => `${line}\n`).join(''),
    signedHeaders,
    bodyHash: bodyHash!,
    headers: new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)])),
  };
}

/** The message with the canonical request in a JSON error body. Any other text stays as it is. */
function messageIn(text: string): string {
  if (!text.startsWith('{')) return text;
  try {
    const messages = Object.values(JSON.parse(text) as object).filter((value) => typeof value === 'string');
    return messages.find((message) => /canonicalRequest/i.test(message)) ?? text;
  } catch {
    return text;
  }
}

/** Whether only a part of a body hash is shown. */
export function isMasked(bodyHash: string): boolean {
  return MASKED.test(bodyHash);
}

/** Whether a body hash may be the shown one: it is the same, or its two ends are. */
export function fits(shown: string, bodyHash: string): boolean {
  const [, start, end] = MASKED.exec(shown) ?? [];
  if (start === undefined || end === undefined) return shown === bodyHash;
  return bodyHash.length >= start.length + end.length && bodyHash.startsWith(start) && bodyHash.endsWith(end);
}

/**
 * The canonical request with the first of these body hashes that fits its masked one. It stays as it is if none fits.
 */
export function unmasked(canonical: ReadCanonicalRequest, bodyHashes: readonly string[]): ReadCanonicalRequest {
  const bodyHash = isMasked(canonical.bodyHash) ? bodyHashes.find((each) => fits(canonical.bodyHash, each)) : undefined;
  return bodyHash === undefined ? canonical : { ...canonical, bodyHash };
}

/**
 * A header's value may have a `|` too. A new header begins only if its name is the next one in the list of signed
 * headers.
 */
function splitHeaders(block: string, names: readonly string[]): string[] {
  const lines: string[] = [];
  for (const piece of block.split('|')) {
    if (lines.length === 0 || piece.startsWith(`${names[lines.length]}:`)) lines.push(piece);
    else lines.push(`${lines.pop()}|${piece}`);
  }
  return lines;
}

/** A part in which two canonical requests differ, with the text of each. */
export interface Difference {
  readonly part: string;
  readonly here: string;
  readonly there: string;
}

/** The parts in which two canonical requests differ, in their order. */
export function differences(here: ReadCanonicalRequest, there: ReadCanonicalRequest): Difference[] {
  const names = [...new Set([...here.headers.keys(), ...there.headers.keys()])].sort();
  const parts: [string, (request: ReadCanonicalRequest) => string][] = [
    ['method', ({ method }) => method],
    ['path', ({ canonicalUri }) => canonicalUri],
    ['query', ({ canonicalQuery }) => canonicalQuery || '(none)'],
    ...names.map((name): [string, (request: ReadCanonicalRequest) => string] => [
      `header ${name}`,
      ({ headers }) => headers.get(name) ?? '(not signed)',
    ]),
    ['body hash', ({ bodyHash }) => (bodyHash === sha256Hex('') ? `${bodyHash} (no body)` : bodyHash)],
  ];
  return parts
    .map(([part, read]) => ({ part, here: read(here), there: read(there) }))
    .filter(({ here, there }) => here !== there);
}
