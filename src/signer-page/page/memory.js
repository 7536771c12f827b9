/** The fields that are stored until the page is opened again. The secret must never be in this list. */
const REMEMBERED = ['method', 'target', 'headers', 'body', 'key', 'signedHeaders', 'date'];
const PLACE = 'apig-signer';

/**
 * Fills in the stored values.
 *
 * @param {HTMLFormElement} form
 */
export function recall(form) {
  const kept = read();
  for (const name of REMEMBERED) {
    const field = control(form, name);
    const value = kept.get(name);
    const before = field.value;
    if (typeof value === 'string') field.value = value;
    if (field.value !== value) field.value = before; // a list has no such choice
  }
}

/** @param {HTMLFormElement} form */
export function remember(form) {
  const values = Object.fromEntries(REMEMBERED.map((name) => [name, control(form, name).value]));
  withStorage((storage) => storage.setItem(PLACE, JSON.stringify(values)));
}

export function forget() {
  withStorage((storage) => storage.removeItem(PLACE));
}

/** @returns {Map<string, unknown>} */
function read() {
  const text = withStorage((storage) => storage.getItem(PLACE));
  try {
    return new Map(Object.entries(JSON.parse(text ?? '{}') ?? {}));
  } catch {
    return new Map(); // This page did not write the stored text, and replaces it.
  }
}

/**
 * Browsers that store nothing for a site throw at the first access. The page works without stored values.
 *
 * @template T
 * @param {(storage: Storage) => T} use
 */
function withStorage(use) {
  try {
    return use(localStorage);
  } catch {
    return undefined;
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function control(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}
