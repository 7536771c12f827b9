/** @typedef {{ status: number, statusText: string, text: string }} Answer */

/**
 * Shows an answer as what it is: text.
 *
 * @param {HTMLElement} section
 * @param {Answer} answer
 */
export function showAnswer(section, { status, statusText, text }) {
  const json = readJson(text);
  const title = status === 0 ? 'A redirect' : `${status} ${statusText}`.trim();
  const reason = [json.get('code'), json.get('message')].filter((part) => typeof part === 'string').join(': ');
  show(section, status >= 200 && status < 300 ? 'good' : 'bad', title, reason, text);
}

/**
 * @param {HTMLElement} section
 * @param {unknown} error
 */
export function showFailure(section, error) {
  const isLate = error instanceof DOMException && error.name === 'TimeoutError';
  show(section, 'bad', 'No answer', isLate ? 'None came for 30 seconds.' : 'Does the application still run?', '');
}

/** @param {HTMLElement} section */
export function showWaiting(section) {
  show(section, 'none', '', 'Waiting for it…', '');
}

/** @param {HTMLElement} section */
export function showNone(section) {
  show(section, 'none', '', 'Nothing was sent yet.', '');
}

/**
 * @param {HTMLElement} section
 * @param {'none' | 'good' | 'bad'} outcome
 * @param {string} title
 * @param {string} reason
 * @param {string} text
 */
function show(section, outcome, title, reason, text) {
  const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (section.querySelector(`#answer-${name}`));
  section.dataset['outcome'] = outcome;
  part('status').textContent = title;
  part('reason').textContent = reason;
  part('text').textContent = text;
  part('text').hidden = text === '';
}

/**
 * The members of an object in JSON; none of anything else.
 *
 * @param {string} text
 * @returns {Map<string, unknown>}
 */
function readJson(text) {
  try {
    return new Map(Object.entries(JSON.parse(text) ?? {}));
  } catch {
    return new Map(); // An answer need not be JSON.
  }
}
