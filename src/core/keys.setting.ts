/** The setting that holds the signing keys: a variable of the environment, or a name in a configuration. */
export const KEYS_SETTING = 'APIG_SIGNATURE_KEYS';

/** What the setting's text says; a keyring checks what comes of it. Throws an Error that does not show the text. */
export function parseKeysSetting(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not the parser's own message: it quotes the text.
    throw new Error(`${KEYS_SETTING}: expected a JSON object, such as {"key":"secret"}; this is no JSON`);
  }
}
