/** Characters of somebody else's text that go into a log or a label at the most. */
const LONGEST = 128;

/** Text from a request as printable ASCII, cut at 128 characters; what is none, and `\`, as `\xNN` or `\uNNNN`. */
export function printable(text: string): string {
  return text
    .slice(0, LONGEST)
    .replace(/[^\x20-\x5b\x5d-\x7e]/g, escaped)
    .slice(0, LONGEST);
}

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
}
