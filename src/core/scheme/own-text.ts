import { Buffer } from 'node:buffer';

/**
 * The same text in memory of its own. In V8 a slice of a text keeps the whole text alive: a key name that is kept, by us
 * or by an application, would keep the header that it was cut from, signature included.
 */
export function ownText(text: string): string {
  return Buffer.from(text).toString();
}
