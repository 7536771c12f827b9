import { STATUS_CODES } from 'node:http';
import { expect } from 'vitest';
import type { RefusalCode } from '../../src/core/index.js';
import { refused } from './refusals.js';

/** What a caller sees of a refusal with status 401: status, challenge, and the whole body. */
export function unauthorized(code: RefusalCode, name = ''): object {
  return {
    ...refusalReply(401, code, refused(code, name).refusal.message),
    headers: expect.objectContaining({ 'www-authenticate': 'SDK-HMAC-SHA256' }) as unknown,
  };
}

/** What a caller sees of a refusal of any status. */
export function refusalReply(status: number, code: RefusalCode, message: string): object {
  return { status, text: JSON.stringify({ statusCode: status, error: STATUS_CODES[status], message, code }) };
}
