/** 1 to 128 printable ASCII characters, no comma. */
const KEY_NAME = /^[\x20-\x2b\x2d-\x7e]{1,128}$/;

/** Whether an Authorization header can name such a key: a comma would end the name there. */
export function isKeyName(key: unknown): key is string {
  return typeof key === 'string' && KEY_NAME.test(key);
}

/** Whether a value can be a secret: not an empty text, nor one of NUL alone, which is the same key to HMAC. */
export function isSecret(value: unknown): value is string {
  return typeof value === 'string' && /[^\0]/.test(value);
}
