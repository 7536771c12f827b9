/**
 * Ordinary text as wire text: its UTF-8 bytes, one character for each. This file imports nothing, because browsers load
 * it.
 *
 * @category Parts of the signature
 */
export function toWireText(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}

/**
 * Wire text as ordinary text: its bytes are read as UTF-8, with U+FFFD for bytes that are not UTF-8.
 *
 * @category Parts of the signature
 */
export function fromWireText(wireText: string): string {
  const bytes = new Uint8Array(wireText.length);
  // Not by `Uint8Array.from`, which takes over ten times as long, and grows faster than the text.
  for (let at = 0; at < wireText.length; at++) bytes[at] = wireText.charCodeAt(at);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
