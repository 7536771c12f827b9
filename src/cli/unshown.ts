/** Characters that a terminal does not show, or obeys: control characters, and those that reverse a line. */
const UNSHOWN = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \n]/gu;

/**
 * Text for a terminal, JSON too. Each character that it does not show becomes an escape like `\u001b`. Line breaks
 * stay.
 */
export function escapeUnshown(text: string): string {
  return text.replace(UNSHOWN, (character) =>
    // One escape for each UTF-16 code unit, as in JSON.
    Array.from({ length: character.length }, (_, at) => escape(character.charCodeAt(at))).join(''),
  );
}

function escape(code: number): string {
  return '\\u' + code.toString(16).padStart(4, '0');
}
