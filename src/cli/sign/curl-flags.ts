import { HTTP_TOKEN } from '../../core/scheme/wire-request.js';
import { UsageError } from '../usage-error.js';

type Header = readonly [name: string, value: string];

const HEADER_FORM = "-H 'Name: value', or -H 'Name;' for an empty one";
const JSON_TYPE = 'application/json';

/**
 * Recognises curl's `--json DATA`, which becomes the flag `json-data`. It has JSON or `@FILE` after it. The older
 * `--json` of this command has neither, and prints a signature.
 */
export function withJsonData(args: readonly string[]): string[] {
  return args.flatMap((word, at) => {
    if (word === '--json' && isJsonData(args[at + 1])) return [];
    return args[at - 1] === '--json' && isJsonData(word) ? [`--json-data=${word}`] : [word];
  });
}

/** Whether a word is JSON, or the first piece of it. Otherwise a flag or a URL follows, such as `[::1]`. */
function isJsonData(word = ''): boolean {
  return /^(?:[@{"]|\[(?![\da-f]*:)|(?:true|false|null|-?\d+(?:\.\d+)?)$)/.test(word);
}

/** The effect of `-G`: the data becomes the query. */
export function withQuery(url: string, data: Buffer): string {
  try {
    const query = new TextDecoder('utf-8', { fatal: true }).decode(data);
    return `${url}${url.includes('?') ? '&' : '?'}${query}`;
  } catch {
    throw new UsageError('-G: the data is not UTF-8 text: use --data-urlencode @FILE');
  }
}

/**
 * Headers in the form of curl's `-H`: `Name: value`, `Name;` for an empty header, `Name:` for a header that is not
 * sent. Also the headers that `-A`, `-b` and `--json DATA` set.
 */
export function curlHeaders(flags: readonly Header[]): { readonly headers: Header[]; readonly unsent: string[] } {
  const headers: Header[] = [];
  const unsent: string[] = [];
  for (const [flag, value] of flags) {
    if (flag === 'cookie' && !value.includes('=')) {
      throw new UsageError("-b: a file of cookies is not read here: -b 'name=value'");
    }
    const line = flag === 'user-agent' ? `User-Agent: ${value}` : flag === 'cookie' ? `Cookie: ${value}` : value;
    if (!['header', 'user-agent', 'cookie'].includes(flag)) continue;
    const { name, text } = readHeader(line);
    if (text === undefined) unsent.push(name);
    else headers.push([name, text]);
  }
  if (flags.some(([flag]) => flag === 'json-data')) {
    const isGiven = (name: string) =>
      [...headers.map(([each]) => each), ...unsent].some((each) => each.toLowerCase() === name);
    for (const name of ['Content-Type', 'Accept']) if (!isGiven(name.toLowerCase())) headers.push([name, JSON_TYPE]);
  }
  return { headers, unsent };
}

/** Reads a header. A header that must not be sent has no text. */
function readHeader(line: string): { readonly name: string; readonly text: string | undefined } {
  const [, name = '', mark, value = ''] = /^([^:;]*)([:;])[ \t]*(.*)$/s.exec(line) ?? [];
  const isEmpty = mark === ';' && value === '';
  if (!HTTP_TOKEN.test(name) || (mark === ';' && !isEmpty)) {
    throw new UsageError(`-H: ${JSON.stringify(line)} is not a header: ${HEADER_FORM}`);
  }
  if (name.toLowerCase() === 'authorization') {
    throw new UsageError('-H Authorization: the signature is sent in this header: leave yours out');
  }
  return { name, text: isEmpty || value !== '' ? value : undefined };
}
