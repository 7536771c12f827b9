import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';

const BLOCK = 64;

/**
 * The cryptography that no verifier can do without, in the fastest form that Node has: the sha256 of the body and of
 * the canonical request in one call each, and the two of an HMAC whose key was made ready before.
 */
export function floorOf({ canonicalRequest, stringToSign, body }, secret) {
  const pad = (byte) => {
    const block = Buffer.alloc(BLOCK, byte);
    Buffer.from(secret).forEach((keyByte, at) => (block[at] ^= keyByte));
    return block;
  };
  const inner = Buffer.concat([pad(0x36), Buffer.from(stringToSign)]);
  const outer = Buffer.concat([pad(0x5c), Buffer.alloc(32)]);
  const bytes = Buffer.from(canonicalRequest);
  const date = stringToSign.slice(0, -BLOCK);
  return {
    fresh: () => bytes.toString('latin1'),
    run(text) {
      if (body) hash('sha256', body);
      inner.latin1Write(date + hash('sha256', text), BLOCK);
      outer.latin1Write(hash('sha256', inner, 'latin1'), BLOCK);
      return hash('sha256', outer);
    },
  };
}
