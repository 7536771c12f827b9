import type { Guess, SeenRequest } from './guess.js';

/** The secrets of other keys. */
export function* ofOtherKeys({ secretsOfOthers }: SeenRequest): Iterable<Guess> {
  for (const [key, secrets] of secretsOfOthers) yield { secrets, note: `It is that of key ${JSON.stringify(key)}.` };
}

/** Each secret without stray characters at its ends, and with such characters that the signer's secret may have. */
export function* withOtherEnds({ secrets }: SeenRequest): Iterable<Guess> {
  for (const secret of secrets) {
    const trimmed = secret.trim();
    const unquoted = trimmed.replace(/^(["'])(.+)\1$/s, '$2');
    for (const bare of [trimmed, unquoted, unquoted.trim()]) if (bare !== '') yield strayHere(bare);
    for (const end of ['\n', '\r\n', '\r', ' ', '\t']) yield strayThere(secret + end);
    yield strayThere(' ' + secret);
    for (const quote of ['"', "'"]) yield strayThere(quote + secret + quote);
  }
}

function strayHere(secret: string): Guess {
  return { secrets: [secret], note: "They are in this server's secret." };
}

function strayThere(secret: string): Guess {
  return { secrets: [secret], note: "They are in the signer's secret." };
}
