import type { RequestToExplain } from '../../core/explain/explanation.js';
import { trimValue } from '../../core/scheme/canonical-request.js';
import { UsageError } from '../usage-error.js';

/** A request that was read from a text, and doubts about it. */
export interface FoundRequest {
  readonly request: RequestToExplain;
  readonly notes: readonly string[];
}

/** A line of a head, and its number in the text that it is of. */
export type HeadLine = readonly [number: number, line: string];

const REQUEST_LINE = /^([^\s]+) ([^\s]+) HTTP\/\d(?:\.\d)?$/;

/** Whether a text begins like HTTP text. */
export function isHttpText(bytes: Buffer): boolean {
  return REQUEST_LINE.test(linesOf(bytes.toString('latin1').trimStart())[0]!);
}

/**
 * Reads a request as it came over the wire, or as somebody pasted it: with LF in place of CRLF, and perhaps a line
 * break too many at the end. Throws a UsageError that names the source and the line for a header that is not valid.
 */
export function readHttpText(bytes: Buffer, source: string): FoundRequest {
  const all = bytes.toString('latin1');
  const text = all.trimStart();
  const end = /\r?\n\r?\n/.exec(text);
  const start = linesOf(all.slice(0, all.length - text.length)).length;
  const lines = linesOf(end ? text.slice(0, end.index) : text.trimEnd());
  const head = readHead(
    lines.map((line, at): HeadLine => [start + at, line]),
    source,
  );
  const rest = Buffer.from(end ? text.slice(end.index + end[0].length) : '', 'latin1');
  const isChunked = /\bchunked$/i.test(headerOf(head, 'transfer-encoding') ?? '');
  const { body, notes } = isChunked ? unchunk(rest) : cutBody(rest, headerOf(head, 'content-length'));
  return { request: { ...head, body }, notes };
}

/** A request line and headers. Throws a UsageError with the source and the line for a header that is not valid. */
export function readHead([first, ...lines]: readonly HeadLine[], source: string): RequestToExplain {
  const [, method = '', target = ''] = REQUEST_LINE.exec(first?.[1] ?? '') ?? [];
  const headers = lines.map(([number, line]): [string, string] => {
    const [, name, value] = /^(:?[^:\s]+):(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new UsageError(`${source}, line ${number}: expected a header, "Name: value"`);
    return [name, trimValue(value!)];
  });
  return { method, target, headers };
}

/** The value of a header of a request: the first one if there are several. */
export function headerOf({ headers }: RequestToExplain, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

/**
 * A request whose body is not in the text. Its body hash is not known, unless the headers say that it has no body.
 */
export function withoutBody(request: RequestToExplain): FoundRequest {
  const length = headerOf(request, 'content-length') ?? (headerOf(request, 'transfer-encoding') && '?');
  if (length === undefined || length === '0') return { request, notes: [] };
  const note = 'The body is not in this text: only what does not depend on it is explained.';
  return { request: { ...request, bodyHash: 'unknown' }, notes: [note] };
}

interface ReadBody {
  readonly body: Buffer;
  readonly notes: readonly string[];
}

function cutBody(rest: Buffer, contentLength: string | undefined): ReadBody {
  if (contentLength === undefined)
    return { body: /\S/.test(rest.toString('latin1')) ? rest : Buffer.alloc(0), notes: [] };
  const length = Number(contentLength);
  if (length <= rest.length) return { body: rest.subarray(0, length), notes: [] };
  const note = `The body has ${rest.length} bytes here, and Content-Length says ${contentLength}: is it here as a whole?`;
  return { body: rest, notes: [note] };
}

/** The body without the framing of its chunks. A body without framing, as some logs show it, stays as it is. */
function unchunk(rest: Buffer): ReadBody {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const size = /^([\da-f]+)[^\r\n]*\r?\n/i.exec(rest.toString('latin1', at, at + 256));
    if (!size)
      return { body: rest, notes: ['Transfer-Encoding is chunked, and the body here is not: taken as it is.'] };
    const length = parseInt(size[1]!, 16);
    if (length === 0) return { body: Buffer.concat(chunks), notes: [] };
    const start = at + size[0].length;
    chunks.push(rest.subarray(start, start + length));
    at = start + length + (rest[start + length] === 0x0d ? 2 : 1);
  }
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/);
}
