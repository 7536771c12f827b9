/** The setting that holds the signing keys: an environment variable, or a name in a configuration. */
export const KEYS_SETTING = 'APIG_SIGNATURE_KEYS';
/** The setting that names a file with the same JSON, as Docker and Kubernetes give secrets to a process. */
export const KEYS_FILE_SETTING = 'APIG_SIGNATURE_KEYS_FILE';

/**
 * The value of the setting named `setting`. A keyring checks it afterwards. Throws an Error, which does not show the
 * text, for a text that is not JSON, and for an object with a duplicate key name.
 */
export function parseKeysSetting(text: string, setting: string = KEYS_SETTING): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not the parser's own message: it quotes the text.
    throw new Error(`${setting}: expected a JSON object, such as {"key":"secret"}; this is not valid JSON`);
  }
  if (isFlat(value) && membersIn(text) > Object.keys(value).length) {
    // JSON.parse() keeps the last one only, and the other secrets would be lost in silence.
    throw new Error(`${setting}: duplicate key name; list several secrets as {"key":["new","old"]}`);
  }
  return value;
}

/** Whether a JSON value is an object without objects in it, so that each of its colons belongs to a member. */
function isFlat(value: unknown): value is object {
  return isObject(value) && !Object.values(value).flat(Infinity).some(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How many members the text of a flat JSON object has: the colons outside its strings. */
function membersIn(text: string): number {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;
}
