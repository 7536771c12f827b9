import { Buffer } from 'node:buffer';
import { hash, timingSafeEqual } from 'node:crypto';
import { signaturesEqual } from '../scheme/signature.js';

/** Bytes of a block of SHA-256, and of its result. */
const BLOCK = 64;
const DIGEST = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** Characters of a string to sign: the scheme, a date, a hex hash. */
const STRING_TO_SIGN = 97;

/**
 * HMAC-SHA256 (RFC 2104) under one secret. The key's two padded blocks are made once, and each half is hashed in one
 * call. `createHmac` makes an object and both blocks for every request, and takes more than twice as long.
 */
export class Hmac {
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  /** The key is the secret's UTF-8 bytes. */
  constructor(secret: string) {
    const bytes = new TextEncoder().encode(secret);
    const key = bytes.length > BLOCK ? hash('sha256', bytes, 'buffer') : bytes;
    this.#inner = paddedBlock(key, INNER_PAD, STRING_TO_SIGN);
    this.#outer = paddedBlock(key, OUTER_PAD, DIGEST);
  }

  /** The HMAC of wire text: lower-case hex. */
  hex(text: string): string {
    const inner = text.length === STRING_TO_SIGN ? this.#inner : this.#innerFor(text.length);
    inner.write(text, BLOCK, 'latin1');
    this.#outer.write(hash('sha256', inner, 'binary'), BLOCK, 'latin1');
    return hash('sha256', this.#outer);
  }

  #innerFor(length: number): Buffer {
    return Buffer.concat([this.#inner.subarray(0, BLOCK)], BLOCK + length);
  }
}

/** The key under a pad, and room behind it. Not from Node's shared pool: the block is as secret as the key. */
function paddedBlock(key: Uint8Array, pad: number, room: number): Buffer {
  const block = Buffer.alloc(BLOCK + room);
  block.fill(pad, 0, BLOCK);
  key.forEach((byte, at) => (block[at] = byte ^ pad));
  return block;
}

const hmacs = new WeakMap<readonly string[], readonly Hmac[]>();

/** An HMAC for each secret of a list. They are made once for each list, and go when the keyring drops the list. */
export function hmacsOf(secrets: readonly string[]): readonly Hmac[] {
  let made = hmacs.get(secrets);
  if (!made) hmacs.set(secrets, (made = secrets.map((secret) => new Hmac(secret))));
  return made;
}

/**
 * The position of the secret that made a signature over a string to sign, or -1. Every secret is tried, so that the time
 * does not tell which secret matched.
 */
export function secretIndexOf(secrets: readonly string[], stringToSign: string, signature: string): number {
  const hmacs = hmacsOf(secrets);
  let found = -1;
  for (let position = hmacs.length - 1; position >= 0; position--) {
    if (equalSignatures(hmacs[position]!.hex(stringToSign), signature)) found = position;
  }
  return found;
}

/** The characters of a signature. */
const SIGNATURE = 64;
/** Room for two signatures, one behind the other. Nothing else runs between the write and the comparison. */
const BOTH = Buffer.alloc(2 * SIGNATURE);
const FIRST = BOTH.subarray(0, SIGNATURE);
const SECOND = BOTH.subarray(SIGNATURE);

/** The same answer as `signaturesEqual`. Two new buffers for each comparison would take 4 % of a verification. */
export function equalSignatures(a: string, b: string): boolean {
  if (a.length !== SIGNATURE || b.length !== SIGNATURE) return signaturesEqual(a, b);
  BOTH.write(a + b, 'latin1');
  return timingSafeEqual(FIRST, SECOND) && a === b;
}
