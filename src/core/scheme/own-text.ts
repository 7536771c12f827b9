import { Buffer } from 'node:buffer';

/**
 * The same text in memory of its own. In V8 a slice of a text keeps the whole text alive. A stored key name would keep
 * the header that it is a part of, with the signature.
 */
export function ownText(text: string): string {
  return Buffer.from(text).toString();
}
