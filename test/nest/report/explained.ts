import { expect } from 'vitest';
import type { ApigSignatureOptions } from '../../../src/index.js';
import { catchAll } from '../../support/catch-all.js';
import { forward, KEYS, SECRET, type RequestToForward } from '../../support/gateway.js';
import { send, type RequestToSend } from '../../support/http-client.js';
import { startForTest, type Platform } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';
import { unauthorized } from '../../support/refused-replies.js';

/** Of another key. */
export const OTHER_SECRET = 'secret of the other key';
const COOKIE = 'session=5f1e7a2b';
const BEARER = 'f00dfeedbeef';

/** A request as the gateway forwards it, with what belongs in no log. */
export function forwarded({ headers = [], ...request }: RequestToForward = {}, options = {}): RequestToSend {
  const confidential = [
    ['Cookie', COOKIE],
    ['X-Auth-Token', BEARER],
  ] as const;
  return forward({ ...request, headers: [...headers, ...confidential] }, options);
}

/** Starts an application that explains, and what stands in front of it. */
export async function start(platform: Platform, inFront: InFront, options: ApigSignatureOptions = {}) {
  const logger = new RecordedLog();
  const { port } = await startForTest(platform, catchAll({ keys: KEYS, explain: true, ...options }), { logger });
  return { logger, port: await inFront(port) };
}

/** Starts what stands between the gateway and the application; gives the port to send to. */
export type InFront = (upstream: number) => number | Promise<number>;
export const nothing: InFront = (upstream) => upstream;

/** Expects a refused request to be explained in the log by one cause. */
export async function expectCause(
  platform: Platform,
  cause: string,
  inFront: InFront,
  request: RequestToSend,
  options?: ApigSignatureOptions,
): Promise<void> {
  const { logger, port } = await start(platform, inFront, options);
  const { headers: _headers, ...refusal } = unauthorized('SIGNATURE_MISMATCH') as { headers: unknown };
  expect(await send(port, request)).toMatchObject(refusal);
  const line = await logger.lineWith('SIGNATURE_MISMATCH');
  expect(line.split(':')[0]).toBe(`warn SIGNATURE_MISMATCH because of ${cause}`);
  expectNothingConfidential(line, request);
}

/** No secret, no cookie, no token, no signature; and nothing that is not printable but our own line breaks. */
export function expectNothingConfidential(line: string, { headers }: RequestToSend): void {
  const authorization = headers.find(([name]) => name === 'Authorization')![1];
  const signature = /\w{64}$/.exec(authorization)![0];
  for (const confidential of [SECRET, OTHER_SECRET, COOKIE, BEARER, authorization, signature]) {
    expect(line).not.toContain(confidential);
  }
  expect(line).toMatch(/^[\x20-\x7e\n]*$/);
}
