import { curlCommand, curlWords, type RequestToType } from '../../core/curl-command.js';
import { parseSdkDate } from '../../core/scheme/sdk-date.js';
import { signRequest } from '../../core/scheme/sign-request.js';
import { HTTP_TOKEN } from '../../core/scheme/wire-request.js';
import { alwaysRefused } from './always-refused.js';
import { curlHeaders, withJsonData, withQuery } from './curl-flags.js';
import { readBody } from '../read-body.js';
import { readCommandLine, SIGN_FLAGS, type CommandLine } from '../flags.js';
import { readPathPrefix } from '../path-prefix.js';
import { escapeUnshown } from '../unshown.js';
import { findSigningKey, type Environment } from '../secret-source.js';
import { readSignedHeaders } from '../signed-headers.js';
import { readUrl } from '../read-url.js';
import { UsageError } from '../usage-error.js';
import { windowsCommand } from './windows-shells.js';

type Flags = CommandLine<keyof typeof SIGN_FLAGS>;

/** Flags of curl that are passed on. They change nothing that is signed. */
const PASSED_ON = ['silent', 'show-error', 'include', 'verbose', 'insecure', 'compressed'] as const;

/**
 * `apig-sign`: signs the request that the flags describe, as for curl. Gives the output: the curl command that sends
 * the request, or with `--json` every text of its signature. Throws a UsageError.
 */
export function sign(args: readonly string[], environment: Environment): string {
  // A command that a browser copies "as cURL" begins with the program's name.
  const isPasted = args[0] === 'curl' && args.length > 1;
  const line: Flags = readCommandLine(withJsonData(isPasted ? args.slice(1) : args), SIGN_FLAGS);
  const [url, ...others] = line.words;
  if (url === undefined || others.length > 0) {
    throw new UsageError(`Expected one URL, not ${line.words.length}: apig-sign [FLAGS] URL`);
  }
  const write = readShell(line.value('shell'));
  const data = readBody(line.given.filter(([name]) => name.startsWith('data') || name === 'json-data'));
  const body = line.has('get') ? undefined : data;
  const { origin, host, target } = readUrl(data && !body ? withQuery(url, data.bytes) : url);
  const { headers, unsent } = curlHeaders(line.given);
  const has = (name: string) =>
    [...headers.map(([each]) => each), ...unsent].some((each) => each.toLowerCase() === name);
  const method = line.value('request')?.toUpperCase() ?? (body ? 'POST' : 'GET');
  if (!HTTP_TOKEN.test(method)) throw new UsageError(`-X: ${JSON.stringify(method)} is not a method: -X METHOD`);
  const isUnsigned = line.has('unsigned-payload');
  const request = {
    method,
    target: readPathPrefix(line.value('path-prefix')) + target,
    headers: [
      ...(has('host') ? [] : [['Host', host] as const]),
      // This is what curl does.
      ...(body && !has('content-type') ? [['Content-Type', 'application/x-www-form-urlencoded'] as const] : []),
      ...headers,
      ...(isUnsigned ? [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD'] as const] : []),
    ],
    body: body?.bytes,
  };
  const key = findSigningKey(line, environment);
  const names = readSignedHeaders(line.value('signed-headers'));
  const signedHeaders = names && isUnsigned ? [...new Set([...names, 'x-sdk-content-sha256'])] : names;
  const date = readDate(line.value('date'), has('x-sdk-date'));
  return asUsageError(() => {
    const signed = signRequest(request, { ...key, signedHeaders, date });
    const refused = alwaysRefused(request, signed, key);
    if (refused !== undefined) throw new UsageError(refused);
    if (line.has('json')) return escapeUnshown(JSON.stringify(signed, null, 2));
    const flags = PASSED_ON.filter((name) => line.has(name)).map((name) => SIGN_FLAGS[name].form);
    const sent = body?.file === undefined ? { body: body?.bytes } : { bodyFile: body.file };
    return write({ method, origin, target, unsent, flags, headers: signed.headers, ...sent });
  });
}

function readShell(shell = 'posix'): (request: RequestToType) => string {
  if (shell === 'posix') return curlCommand;
  if (shell === 'cmd' || shell === 'powershell') return (request) => windowsCommand(curlWords(request), shell);
  throw new UsageError(`--shell: ${JSON.stringify(shell)} is not known: ${SIGN_FLAGS.shell.form}`);
}

function readDate(text: string | undefined, hasHeader: boolean): number | undefined {
  if (text === undefined) return undefined;
  if (hasHeader) throw new UsageError('--date and a header X-Sdk-Date contradict each other: give one of them');
  const date = parseSdkDate(text);
  if (date === undefined)
    throw new UsageError(`--date: ${JSON.stringify(text)} is not a date: --date 20260115T093045Z`);
  return date;
}

/** A request that cannot be signed or typed is the user's mistake. */
function asUsageError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}
