import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ALGORITHM,
  canonicalHeaders,
  canonicalQuery,
  canonicalRequest,
  canonicalUri,
  computeSignature,
  createVerifier,
  formatAuthorization,
  queryPairs,
  REFUSAL_CODES,
  sha256Hex,
  signRequest,
  splitTarget,
  stringToSign,
} from '../../src/core/index.js';
import { refusalOf, type RefusalCode } from '../../src/core/refusal.js';
import { FALSE_BODY_HASH, ordersOfOthers, vectors } from '../support/vectors.js';

const spec = readFileSync('docs/spec.md', 'utf8');

function sectionOf(title: string): string {
  const section = new RegExp(`^## ${title}\n([^]*?)(?=^## |$(?![^]))`, 'm').exec(spec)?.[1];
  if (section === undefined) throw new Error(`docs/spec.md has no section "${title}"`);
  return section;
}

describe('the worked example of docs/spec.md', () => {
  const section = sectionOf('Worked example');
  const [key = '', secret = ''] = Array.from(section.matchAll(/(?:key|secret) is `(\w+)`/g), ([, text]) => text!);
  // The last words before a block say what the block is.
  const block = (lead: RegExp) =>
    new RegExp(`^${lead.source}[^\\n]*\\n\\n\`\`\`\\w+\\n([^]*?)\\n\`\`\``, 'm').exec(section)![1]!;

  const [head = '', body = ''] = block(/The key is/).split('\n\n');
  const [requestLine = '', ...lines] = head.split('\n');
  const [method = '', target = ''] = requestLine.split(' ');
  const headers = lines.map((line) => line.split(': ') as [name: string, value: string]);
  const date = headers.find(([name]) => name === 'X-Sdk-Date')![1];
  const request = { method, target, headers, body: Buffer.from(body) };
  const [path, query] = splitTarget(target);

  const uri = block(/Canonical URI\./);
  const pairs = block(/Canonical query\./);
  const signedHeaders = block(/Signed headers:/);
  const bodyHash = block(/Body hash:/);
  const canonical = block(/Canonical request:/);
  const hash = block(/Hash of the canonical request:/);
  const signature = block(/Signature:/);
  const authorization = block(/Header of the request:/).replace('Authorization: ', '');

  it('has the canonical URI, query, headers and the hash of the body', () => {
    expect(canonicalUri(path)).toBe(uri);
    expect(canonicalQuery(queryPairs(query)!)).toBe(pairs);
    const sorted = headers.map(([name, value]) => [name.toLowerCase(), value] as const).sort();
    expect(canonicalHeaders(sorted)).toBe(block(/Canonical headers:/) + '\n');
    expect(sorted.map(([name]) => name).join(';')).toBe(signedHeaders);
    expect(sha256Hex(Buffer.from(body))).toBe(bodyHash);
  });

  it('has the canonical request, the string to sign and the signature', () => {
    const sorted = headers.map(([name, value]) => [name.toLowerCase(), value] as const).sort();
    const parts = { method, canonicalUri: uri, canonicalQuery: pairs, signedHeaders, bodyHash };
    expect(canonicalRequest({ ...parts, canonicalHeaders: canonicalHeaders(sorted)! })).toBe(canonical);
    expect(sha256Hex(canonical)).toBe(hash);
    expect(stringToSign(date, hash)).toBe(block(/String to sign:/));
    expect(computeSignature(secret, date, canonical)).toBe(signature);
    expect(formatAuthorization({ key, signedHeaders: signedHeaders.split(';'), signature })).toBe(authorization);
    expect(authorization.startsWith(ALGORITHM)).toBe(true);
  });

  it('is written by the signer and accepted by the verifier', async () => {
    const signed = signRequest(request, { key, secret });
    expect(signed).toMatchObject({ authorization, canonicalRequest: canonical });
    const now = () => Date.parse(date.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
    const verifier = createVerifier({ keys: { [key]: secret }, now });
    expect(await verifier.verify({ ...request, headers: signed.headers })).toMatchObject({ ok: true, key });
  });
});

describe('the table of checks of docs/spec.md', () => {
  const rows = Array.from(
    sectionOf('Checks').matchAll(/^\| \w+ \| `([A-Z_]+)` \|.*\| `(.+?)`( ●)? \|$/gm),
    ([, code, message]) => ({
      code: code as RefusalCode,
      message,
    }),
  );

  it('has every 401 in its order, with its message', () => {
    const codes = REFUSAL_CODES.filter((code) => refusalOf(code).status === 401);
    expect(rows.map(({ code }) => code)).toEqual(codes);
    for (const { code, message } of rows) expect(refusalOf(code, { name: '<name>' }).message).toBe(message);
  });
});

describe('the test vectors of docs/spec.md', () => {
  const section = sectionOf('Test vectors');

  it('have the listed fields', () => {
    const fields = Array.from(section.matchAll(/^\| `(\w+)` \|/gm), ([, field]) => field);
    for (const vector of [...vectors, ...ordersOfOthers]) expect(Object.keys(vector)).toEqual(fields);
  });

  it('are as many as the page says', () => {
    const counts = Array.from(section.matchAll(/^\| `(\w+\.json)` \| (\d+) \|/gm), ([, file, count]) => {
      const path = new URL(`../vectors/${file}`, import.meta.url);
      return [(JSON.parse(readFileSync(path, 'utf8')) as unknown[]).length, Number(count)];
    });
    expect(counts).toHaveLength(3);
    for (const [found, told] of counts) expect(found).toBe(told);
    expect(FALSE_BODY_HASH.size).toBe(3);
    expect(vectors.find(({ name }) => name === 'KAT doc example (VPC list)')?.authorization).toContain('=7be66680');
  });
});
