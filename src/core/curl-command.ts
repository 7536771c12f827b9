/*
 * A signed request as a command for a shell. This file imports nothing, so that a browser can load it as it is.
 */

/**
 * A signed request, as a user of curl would send it.
 *
 * @category Write a curl command
 */
export interface RequestToType {
  /** The method, in capitals. */
  readonly method: string;
  /** Where to: `http://host:port`. */
  readonly origin: string;
  /** The request target, in ordinary text. What no target may hold (spaces, `é`) is percent-encoded: a signature does not cover how it is spelled. */
  readonly target: string;
  /** Every header to send, `Host` and `Authorization` among them; values as `signRequest` gives them, a character a byte. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Names of headers that curl adds by itself, and should not. Not set: it adds what it likes, but for a Content-Type. */
  readonly unsent?: readonly string[] | undefined;
  /** The body's bytes. Not set: no body, or that of `bodyFile`. */
  readonly body?: Uint8Array | undefined;
  /** The name of a file that curl reads the body from, when the command is run. Not set: the body is in the command. */
  readonly bodyFile?: string | undefined;
  /** Flags of curl's own that change nothing in the request: `-s`, `-k`. Not set: none. */
  readonly flags?: readonly string[] | undefined;
}

/** The words of a command line, and what its standard input is; bytes are written as one character each. */
export interface CommandWords {
  readonly words: readonly string[];
  /** Not set: the command reads nothing. */
  readonly input?: string | undefined;
}

/** What every shell takes as it is. */
const PLAIN_WORD = /^[\w.:/-]+$/;
/** Letters, marks, numbers, punctuation and symbols: neither control characters nor such as turn a line around. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u;
/** What an operating system takes as one argument is 128 KiB on Linux. */
const LONGEST_WORD = 100_000;

/**
 * The curl command that sends a request as it is, on one line. It is the same in sh, bash and zsh, at a prompt or in a
 * script. Bytes that cannot be shown are written as octal numbers, for `printf`.
 *
 * Throws a TypeError for what curl cannot send or a shell cannot hold: HEAD with a body, a NUL in a header.
 *
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

/** curl takes `Name:` for a header not to send, and `Name;` for an empty one. */
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

/** The text that these bytes are in UTF-8; nothing if they are none, or such as a terminal would not show. */
function printableText(bytes: string): string | undefined {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const text = decoder.decode(octetsOf(bytes));
    return PRINTABLE.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes of wire text. Not by `Uint8Array.from`, which takes over ten times as long, and grows faster than the text. */
function octetsOf(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) octets[at] = text.charCodeAt(at);
  return octets;
}

/** A format for `printf`, which needs no other quotes than single ones around it. */
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
