import type { IncomingMessage } from 'node:http';
import { isKnownCode } from '../../core/refusal-remedies.js';
import type { Outcome } from './request-log.js';

/** The most bytes of an answer that are kept to find the code of a refusal. */
const LONGEST_REFUSAL = 4096;
const LONGEST_HEADER = 2048;

/**
 * Watches a streamed answer for the refusal of a guarded backend. It returns a function to call when the stream is
 * over. This gives the code in the JSON body, and the explanation that the option `explain: 'response'` sends.
 */
export function watchRefusal(answer: IncomingMessage): () => Pick<Outcome, 'code' | 'cause'> {
  if ((answer.statusCode ?? 0) < 400) return () => ({});
  const chunks: Buffer[] = [];
  let length = 0;
  if (/^application\/json\b/i.test(answer.headers['content-type'] ?? '')) {
    answer.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= LONGEST_REFUSAL) chunks.push(chunk);
      else chunks.length = 0;
    });
  }
  return () => ({ code: codeIn(Buffer.concat(chunks).toString()), cause: decode(answer.headers['x-apig-explain']) });
}

function codeIn(json: string): string | undefined {
  try {
    const { code } = JSON.parse(json) as { code?: unknown };
    return isKnownCode(code) ? code : undefined;
  } catch {
    return undefined; // not a refusal of this package
  }
}

function decode(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  const text = header.slice(0, LONGEST_HEADER);
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // cut in the middle of an escape, or written by something else
  }
}
