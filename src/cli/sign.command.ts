import { curlCommand } from '../core/curl-command.js';
import { parseSdkDate } from '../core/scheme/sdk-date.js';
import { signRequest } from '../core/scheme/sign-request.js';
import { HTTP_TOKEN } from '../core/scheme/wire-request.js';
import { readBody } from './read-body.js';
import { readCommandLine, SIGN_FLAGS } from './flags.js';
import { escapeUnshown } from './unshown.js';
import { findSigningKey, type Environment } from './secret-source.js';
import { readUrl } from './read-url.js';
import { UsageError } from './usage-error.js';

type Header = readonly [name: string, value: string];

const HEADER_FORM = "-H 'Name: value', or -H 'Name;' for an empty one";

/**
 * `apig-sign`: signs the request that the flags describe as they do for curl, and gives what to print: the curl command
 * that sends it, or with `--json` every text of its signature. Throws a UsageError.
 */
export function sign(args: readonly string[], environment: Environment): string {
  const line = readCommandLine(args, SIGN_FLAGS);
  if (line.words.length !== 1)
    throw new UsageError(`Expected one URL, not ${line.words.length}: apig-sign [FLAGS] URL`);
  const { origin, host, target } = readUrl(line.words[0]!);
  const body = readBody(line.given.filter(([name]) => name.startsWith('data')));
  const { headers, unsent } = readHeaders(line.given.filter(([name]) => name === 'header').map(([, value]) => value));
  const has = (name: string) =>
    [...headers.map(([each]) => each), ...unsent].some((each) => each.toLowerCase() === name);
  const method = line.value('request')?.toUpperCase() ?? (body ? 'POST' : 'GET');
  if (!HTTP_TOKEN.test(method)) throw new UsageError(`-X: ${JSON.stringify(method)} is no method: -X METHOD`);
  const request = {
    method,
    target,
    headers: [
      ...(has('host') ? [] : [['Host', host] as const]),
      // As curl does.
      ...(body && !has('content-type') ? [['Content-Type', 'application/x-www-form-urlencoded'] as const] : []),
      ...headers,
      ...(line.has('unsigned-payload') ? [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD'] as const] : []),
    ],
    body: body?.bytes,
  };
  const key = findSigningKey(line, environment);
  const signedHeaders = line.value('signed-headers')?.split(';');
  const date = readDate(line.value('date'), has('x-sdk-date'));
  return asUsageError(() => {
    const signed = signRequest(request, { ...key, signedHeaders, date });
    if (line.has('json')) return escapeUnshown(JSON.stringify(signed, null, 2));
    const sent = body?.file === undefined ? { body: body?.bytes } : { bodyFile: body.file };
    return curlCommand({ method, origin, target, unsent, headers: signed.headers, ...sent });
  });
}

/** Headers as curl's `-H` takes them: `Name: value`, `Name;` for an empty one, `Name:` for one that is not to be sent. */
function readHeaders(lines: readonly string[]): { readonly headers: Header[]; readonly unsent: string[] } {
  const headers: Header[] = [];
  const unsent: string[] = [];
  for (const line of lines) {
    const [, name = '', mark, value = ''] = /^([^:;]*)([:;])[ \t]*(.*)$/s.exec(line) ?? [];
    const isEmpty = mark === ';' && value === '';
    if (!HTTP_TOKEN.test(name) || (mark === ';' && !isEmpty)) {
      throw new UsageError(`-H: ${JSON.stringify(line)} is no header: ${HEADER_FORM}`);
    }
    if (isEmpty || value !== '') headers.push([name, value]);
    else unsent.push(name);
  }
  return { headers, unsent };
}

function readDate(text: string | undefined, hasHeader: boolean): number | undefined {
  if (text === undefined) return undefined;
  if (hasHeader) throw new UsageError('--date and a header X-Sdk-Date contradict each other: give one of them');
  const date = parseSdkDate(text);
  if (date === undefined) throw new UsageError(`--date: ${JSON.stringify(text)} is no date: --date 20260115T093045Z`);
  return date;
}

/** What cannot be signed, or typed, is the user's mistake. */
function asUsageError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}
