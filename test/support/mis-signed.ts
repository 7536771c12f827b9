import { explainMismatch, type CauseCode, type Explanation, type ExplainOptions } from '../../src/core/index.js';
import { naiveSignatureOf, sha256, valuesOf, type NaiveRequest } from './naive-signature.js';
import { DATE, KEY, SECRET } from './signed-request.js';

/** A request as it came. `Host` and `X-Sdk-Date` are added; all headers are signed unless `signedHeaders` names others. */
export interface Received {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: Uint8Array;
  /** Besides those two. */
  readonly signedHeaders?: readonly string[];
}

/** The parts of a canonical request, as somebody signed them. */
export interface CanonicalLines {
  readonly method: string;
  readonly uri: string;
  readonly query: string;
  /** Values that differ from those received, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The last line. */
  readonly body: string;
}

/** A request and the text that was signed in place of its canonical request. */
export interface MisSigned {
  readonly request: NaiveRequest;
  readonly canonicalRequest: string;
}

/** A request under a signature of other canonical lines than it has. `target` is canonical but for a final slash. */
export function signedAs(received: Received, signed: Partial<CanonicalLines>): NaiveRequest {
  return misSigned(received, signed).request;
}

/** As {@link signedAs}, and what was signed. */
export function misSigned(
  { method = 'GET', target = '/a', headers = [], body = new Uint8Array(), signedHeaders }: Received,
  signed: Partial<CanonicalLines>,
  secret = SECRET,
): MisSigned {
  const added = [['Host', 'example.com'] as const, ['X-Sdk-Date', DATE] as const];
  const all = [...added.filter(([name]) => !headers.some(([each]) => each === name)), ...headers];
  const names = (
    signedHeaders ? ['host', 'x-sdk-date', ...signedHeaders] : all.map(([name]) => name.toLowerCase())
  ).sort();
  const request = { method, target, headers: all, body };
  const [path = '', query = ''] = target.split('?');
  const valueOf = (name: string) => signed.headers?.[name] ?? valuesOf(request, name)[0]!.toString('latin1');
  const text = [
    signed.method ?? method,
    signed.uri ?? path.replace(/\/?$/, '/'),
    signed.query ?? query,
    ...names.map((name) => `${name}:${valueOf(name)}`),
    '',
    names.join(';'),
    signed.body ?? sha256(body),
  ].join('\n');
  const signature = naiveSignatureOf(Buffer.from(text, 'latin1'), Buffer.from(DATE), secret);
  const authorization = `SDK-HMAC-SHA256 Access=${KEY}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { request: { ...request, headers: [...all, ['Authorization', authorization]] }, canonicalRequest: text };
}

/** The code of the cause that is found. */
export function explainedKind(request: NaiveRequest, options: Partial<ExplainOptions> = {}): CauseCode | undefined {
  return explainMismatch(request, { keys: { [KEY]: SECRET }, ...options }).cause?.code;
}

/** How the explanation says that the signed body was written. Nothing: it does not say that the body was rewritten. */
export function toldSpelling({ cause }: Explanation): string | undefined {
  if (cause?.code !== 'BODY_REWRITTEN') return undefined;
  return / How the signed body is written: (.*)\. Have the signer hash /.exec(cause.text)?.[1];
}

/** As {@link toldSpelling}, of a POST whose body was signed as one text and arrived as another. */
export function explainedSpelling(arrived: string, signed: string): string | undefined {
  const request = signedAs({ method: 'POST', body: Buffer.from(arrived) }, { body: sha256(Buffer.from(signed)) });
  return toldSpelling(explainMismatch(request, { keys: { [KEY]: SECRET } }));
}
