/** What is kept until the page is opened again. The secret is not, and must never be, in this list. */
const REMEMBERED = ['method', 'target', 'headers', 'body', 'key', 'signedHeaders', 'date'];
const PLACE = 'apig-signer';

/**
 * Fills in what was typed the last time.
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
    return new Map(); // Not what this page wrote: it writes over it.
  }
}

/**
 * Browsers that keep nothing for a site throw at the first touch. The page works without a memory.
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
