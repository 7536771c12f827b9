import { Buffer } from 'node:buffer';

/**
 * The same text in memory of its own. In V8 a slice of a text keeps the whole text alive. A key name that is kept would
 * keep the header that it was cut from, signature included.
 */
export function ownText(text: string): string {
  return Buffer.from(text).toString();
}
