/** What a terminal would not show, or would obey: control characters, and those that turn a line around. */
const UNSHOWN = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \n]/gu;

/** Text for a terminal, JSON included: each character that it would not show is written `\u001b`; line breaks stay. */
export function escapeUnshown(text: string): string {
  return text.replace(UNSHOWN, (character) =>
    // By UTF-16 code units, as JSON has it.
    Array.from({ length: character.length }, (_, at) => escape(character.charCodeAt(at))).join(''),
  );
}

function escape(code: number): string {
  return '\\u' + code.toString(16).padStart(4, '0');
}
