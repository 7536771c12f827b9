import { Buffer } from 'node:buffer';

type Latin1Write = (this: Buffer, text: string, offset: number) => number;

const { latin1Write } = Buffer.prototype as { latin1Write?: Latin1Write };

/**
 * Writes wire text into bytes, one for each character; what does not fit is left out. `latin1Write`, which is not in
 * Node's documentation, is what `write` comes to in the end, a third of the time later.
 */
export const writeLatin1: (bytes: Buffer, text: string, offset: number) => void = latin1Write
  ? (bytes, text, offset) => latin1Write.call(bytes, text, offset)
  : (bytes, text, offset) => bytes.write(text, offset, 'latin1');
