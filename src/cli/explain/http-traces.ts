import { parseAuthorization } from '../../core/scheme/authorization.js';
import type { RequestToExplain } from '../../core/explain/explanation.js';
import { ALGORITHM } from '../../core/scheme/canonical-request.js';
import { toWireText } from '../../core/scheme/wire-text.js';
import { headerOf, readHead, withoutBody, type HeadLine, type FoundRequest } from './http-text.js';

/** The requests in the output of `curl -v`: the lines after `>`. Returns nothing if there are no such lines. */
export function readCurlTrace(text: string, source: string): FoundRequest[] | undefined {
  const heads: HeadLine[][] = [];
  let isInside = false;
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const [, sent] = /^> ?(.*)$/.exec(line) ?? [];
    if (sent === undefined) continue;
    if (/ HTTP\/\d/.test(sent) && !isInside) heads.push([]);
    isInside = sent !== '';
    if (isInside) heads.at(-1)?.push([at + 1, sent]);
  }
  return heads.length > 0 ? heads.map((lines) => withoutBody(namedHost(readHead(lines, source)))) : undefined;
}

/** The signed requests in a HAR file, which browsers export. Returns nothing for JSON of another form. */
export function readHar(json: unknown): FoundRequest[] | undefined {
  const entries = memberOf(memberOf(json, 'log'), 'entries');
  if (!Array.isArray(entries)) return undefined;
  return entries.flatMap((entry) => readHarRequest(memberOf(entry, 'request')) ?? []);
}

function readHarRequest(request: unknown): FoundRequest | undefined {
  const [method, url, list] = ['method', 'url', 'headers'].map((name) => memberOf(request, name));
  if (typeof method !== 'string' || typeof url !== 'string' || !Array.isArray(list)) return undefined;
  const headers = list.map((header): [string, string] => {
    return [String(memberOf(header, 'name')), toWireText(String(memberOf(header, 'value')))];
  });
  const target = toWireText(url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/#.*$/, ''));
  const read = namedHost({ method, target: target.startsWith('/') ? target : `/${target}`, headers });
  if (headerOf(read, 'authorization') === undefined) return undefined;
  const text = memberOf(memberOf(request, 'postData'), 'text');
  if (typeof text !== 'string') return withoutBody(read);
  const note = 'The body is that of the HAR file, where a browser writes it as text: bytes may differ.';
  return { request: { ...read, body: new TextEncoder().encode(text) }, notes: [note] };
}

/**
 * The requests in the lines of an access log. A line needs nginx's `"$request"`, `"$http_authorization"`,
 * `"$http_x_sdk_date"` and `"$http_host"`, in any order. Returns nothing if no line has a request and a signature.
 */
export function readAccessLog(text: string): FoundRequest[] | undefined {
  const read = text.split(/\r?\n/).flatMap((line) => readLogLine(line) ?? []);
  return read.length > 0 ? read : undefined;
}

const HOST = /^(?:[\w-]+(?:\.[\w-]+)+|localhost|\[[\da-f:]+\]|[\w-]+(?=:\d))(?::\d+)?$/i;

function readLogLine(line: string): FoundRequest | undefined {
  const [, method, target] = /"([A-Z]+) (\/[^\s"]*) HTTP\/\d(?:\.\d)?"/.exec(line) ?? [];
  const authorization = authorizationIn(line);
  const signed = parseAuthorization(authorization)?.signedHeaders;
  if (method === undefined || target === undefined || !signed) return undefined;
  const fields = Array.from(line.matchAll(/"([^"]*)"/g), ([, field]) => field!);
  const [date] = /\b\d{8}T\d{6}Z\b/.exec(line) ?? [];
  // X-Forwarded-For may be in the line too. So a name is preferred to an address.
  const hosts = fields.filter((field) => HOST.test(field) && field !== date);
  const host = hosts.find((field) => /[a-z]/i.test(field)) ?? hosts[0];
  const found: [string, string | undefined][] = [
    ['Authorization', authorization],
    ['X-Sdk-Date', date],
    ['Host', host],
  ];
  const headers = found.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const absent = signed.filter((name) => !headers.some(([each]) => each.toLowerCase() === name));
  const notes = ['The body is not in an access log: a request with a body cannot be explained from it as a whole.'];
  if (absent.length > 0) {
    const fields = absent.map((name) => `"$http_${name.replaceAll('-', '_')}"`).join(' ');
    notes.push(`This line lacks signed headers: add ${fields} to log_format.`);
  }
  if (host !== undefined && host === hosts[0] && !/[a-z]/i.test(host)) notes.push(`Host is taken to be "${host}".`);
  const hasNoBody = method === 'GET' || method === 'HEAD';
  return {
    request: { method, target, headers, ...(hasNoBody ? {} : { bodyHash: 'unknown' }) },
    notes: hasNoBody ? notes.slice(1) : notes,
  };
}

/**
 * The Authorization header in a line, up to its signature. The search starts once for each field, so that no line takes
 * long.
 */
function authorizationIn(line: string): string {
  const values = line.split('"').map((field) => {
    const start = field.indexOf(`${ALGORITHM} `);
    return start < 0 ? undefined : /^.*Signature=\w+/s.exec(field.slice(start))?.[0];
  });
  return values.find((value) => value !== undefined) ?? '';
}

/** A request of HTTP/2 or HTTP/3 with a Host header from its `:authority`. */
function namedHost({ headers, ...others }: RequestToExplain): RequestToExplain {
  const request = { headers: headers.filter(([name]) => !name.startsWith(':')), ...others };
  const [, authority] = headers.find(([name]) => name === ':authority') ?? [];
  if (authority === undefined || headerOf(request, 'host') !== undefined) return request;
  return { ...request, headers: [...request.headers, ['Host', authority]] };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
