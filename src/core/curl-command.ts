/*
 * A signed request as a command for a shell. This file imports nothing, so that a browser can load it as it is.
 */

/**
 * A signed request that curl is to send.
 *
 * @category Write a curl command
 */
export interface RequestToType {
  /** The method, in capitals. */
  readonly method: string;
  /** The server: `http://host:port`. */
  readonly origin: string;
  /**
   * The request target, in ordinary text. Characters that no target may hold (spaces, `é`) are percent-encoded. This
   * does not change the signature.
   */
  readonly target: string;
  /**
   * Every header to send, with `Host` and `Authorization`. Values are as `signRequest` gives them: a character for a
   * byte.
   */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Names of headers that curl must not add by itself. Default: none. A Content-Type is never added. */
  readonly unsent?: readonly string[] | undefined;
  /** The body's bytes. Default: no body, or the body of `bodyFile`. */
  readonly body?: Uint8Array | undefined;
  /**
   * The name of a file from which curl reads the body when the command runs. Default: none; the body is in the command.
   */
  readonly bodyFile?: string | undefined;
  /** Flags of curl that change nothing in the request: `-s`, `-k`. Default: none. */
  readonly flags?: readonly string[] | undefined;
}

/** The words of a command line, and its standard input. Each byte is one character. */
export interface CommandWords {
  readonly words: readonly string[];
  /** The standard input. Not set: the command reads nothing. */
  readonly input?: string | undefined;
}

/** A word that needs no quotes in any shell. */
const PLAIN_WORD = /^[\w.:/-]+$/;
/**
 * Letters, marks, numbers, punctuation and symbols. Control characters and characters that reverse a line are not among
 * them.
 */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u;
/** The most characters of one argument. Linux takes 128 KiB. */
const LONGEST_WORD = 100_000;

/**
 * The curl command that sends a request as it is, on one line. It is the same in sh, bash and zsh, at a prompt or in a
 * script. Bytes that cannot be shown are written as octal numbers, for `printf`.
 *
 * Throws a TypeError for a request that curl cannot send, such as HEAD with a body. It also throws one for
 * a text that a shell cannot hold, such as a header with a NUL.
 *
 * @example
 * ```ts
 * const request = { method: 'GET', target: '/hello?name=tea', headers: [['Host', 'localhost:3000']] as const };
 * const { headers } = signRequest(request, { key: 'signature_key1', secret: process.env.APIG_SECRET! });
 * console.log(curlCommand({ ...request, origin: 'http://localhost:3000', headers }));
 * ```
 * @category Write a curl command
 */
export function curlCommand(request: RequestToType): string {
  const { words, input } = curlWords(request);
  const command = words.map(shellWord).join(' ');
  return input === undefined ? command : `printf '${octal(input)}' | ${command}`;
}

/** The words of the curl command that sends a request as it is, for any shell. Throws as {@link curlCommand} does. */
export function curlWords(request: RequestToType): CommandWords {
  const { method, origin, target, headers, body, bodyFile, flags = [] } = request;
  const hasBody = body !== undefined || bodyFile !== undefined;
  const words = ['curl', ...flags, ...methodWords(method, hasBody), '--globoff', '--path-as-is'];
  for (const [name, value] of headers) words.push('-H', headerLine(name, value));
  for (const name of unsentHeaders(request, hasBody)) words.push('-H', `${name}:`);
  const data = bodyFile === undefined ? body && inlineBody(body) : ['--data-binary', `@${bytesOf(bodyFile)}`];
  if (data) words.push(...data);
  words.push(origin + encodeTarget(target));
  return { words, input: body && data?.[1] === '@-' ? wireText(body) : undefined };
}

function methodWords(method: string, hasBody: boolean): string[] {
  if (method !== 'HEAD') return ['-X', method];
  // With -X HEAD curl would wait for the body that Content-Length announces.
  if (hasBody) throw new TypeError('method: curl sends no HEAD request with a body');
  return ['--head'];
}

/** curl does not send a header for `Name:`, and sends an empty header for `Name;`. */
function headerLine(name: string, value: string): string {
  return /^[ \t]*$/.test(value) ? `${name};` : `${name}: ${value}`;
}

/** With a body, curl adds a Content-Type of its own. */
function unsentHeaders({ headers, unsent = [] }: RequestToType, hasBody: boolean): readonly string[] {
  const isType = (name: string) => name.toLowerCase() === 'content-type';
  const hasType = headers.some(([name]) => isType(name)) || unsent.some(isType);
  return hasBody && !hasType ? [...unsent, 'Content-Type'] : unsent;
}

function inlineBody(body: Uint8Array): string[] {
  const text = wireText(body);
  const isTypable = body.length < LONGEST_WORD && printableText(text) !== undefined;
  // Not --data-binary, which would read a file for a body that begins with @.
  return isTypable ? ['--data-raw', text] : ['--data-binary', '@-'];
}

function encodeTarget(target: string): string {
  return target.replace(/[^\x21-\x7e]+/g, (text) =>
    Array.from(new TextEncoder().encode(text), (byte) => '%' + byte.toString(16).toUpperCase().padStart(2, '0')).join(
      '',
    ),
  );
}

/** A word of a command line that a shell reads as these bytes. */
function shellWord(bytes: string): string {
  if (PLAIN_WORD.test(bytes)) return bytes;
  if (/\0|\n$/.test(bytes)) throw new TypeError('No word on a command line holds a NUL, or ends with a line break');
  const text = printableText(bytes);
  return text === undefined ? `"$(printf '${octal(bytes)}')"` : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The text of these bytes in UTF-8. Returns nothing for other bytes, and for characters that a terminal does not show.
 */
function printableText(bytes: string): string | undefined {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const text = decoder.decode(octetsOf(bytes));
    return PRINTABLE.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes of wire text. `Uint8Array.from` takes over ten times as long, and its time grows faster than the text. */
function octetsOf(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) octets[at] = text.charCodeAt(at);
  return octets;
}

/** A format for `printf` that only needs single quotes around it. */
function octal(bytes: string): string {
  return bytes.replace(
    /[^A-Za-z0-9 .,:;=/@_+"{}[\]]/g,
    (byte) => '\\' + byte.charCodeAt(0).toString(8).padStart(3, '0'),
  );
}

function wireText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

function bytesOf(text: string): string {
  return wireText(new TextEncoder().encode(text));
}
