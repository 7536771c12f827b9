/**
 * Ordinary text as wire text: its UTF-8 bytes, one character for each. Imports nothing, for browsers' sake.
 *
 * @category Parts of the signature
 */
export function toWireText(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}

/**
 * Wire text as ordinary text: its bytes read as UTF-8, with U+FFFD for those that are none.
 *
 * @category Parts of the signature
 */
export function fromWireText(wireText: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(wireText, (char) => char.charCodeAt(0)));
}
