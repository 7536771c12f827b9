import type { Answer, Exchange } from './raw-client.js';

/** Bytes of one body that may wait there: little, so that many requests can go beyond. */
export const BODY_LIMIT = 2 ** 16;

/** Bytes for a server, and what it may answer. */
export interface HostileRequest {
  readonly kind: string;
  readonly exchange: Exchange;
  /** `pass` is 200; `refusal` a 4xx, or the end of the connection where HTTP itself is broken. */
  readonly expected: 'pass' | 'refusal' | 'pass or refusal';
}

const PASSED = /\r\n\r\n\{"key":"[^"]*","bodyVerified":(true|false)\}$/;

/** What is wrong with an answer; nothing if it may be. */
export function faultOf({ expected, exchange }: HostileRequest, answer: Answer): string | undefined {
  if (answer.kind === 'late') return 'no answer in time';
  if (answer.kind === 'closed') return expected === 'pass' ? 'closed' : undefined;
  const { status, text } = answer;
  if (status === 200 && expected !== 'refusal') {
    return exchange.isHead || PASSED.test(text) ? undefined : 'passed, with a wrong answer';
  }
  return status >= 400 && status < 500 && expected !== 'pass' ? undefined : `status ${status}`;
}
