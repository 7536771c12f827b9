/** @typedef {{ status: number, statusText: string, text: string }} Answer */
/** @typedef {'none' | 'good' | 'bad'} Outcome */

/**
 * Says which request is on its way.
 *
 * @param {string} request
 */
export function showWaiting(request) {
  show('none', { request, reason: 'Waiting for the answer…' });
}

/**
 * Shows an answer as what it is: text.
 *
 * @param {string} request
 * @param {Answer} answer
 */
export function showAnswer(request, { status, statusText, text }) {
  const { code = '', message = '' } = refusalIn(text);
  const title = status === 0 ? 'A redirect' : `${status} ${statusText}`.trim();
  show(status >= 200 && status < 300 ? 'good' : 'bad', { request, status: title, code, reason: message, text });
}

/**
 * Says that no answer came.
 *
 * @param {string} request
 * @param {unknown} error
 */
export function showFailure(request, error) {
  const isLate = error instanceof DOMException && error.name === 'TimeoutError';
  const reason = isLate ? 'None came for 30 seconds.' : 'Is the application still running?';
  show('bad', { request, status: 'No answer', reason });
}

/**
 * Says why there is no answer.
 *
 * @param {string} reason
 */
export function showNone(reason) {
  show('none', { reason });
}

/**
 * @param {Outcome} outcome
 * @param {{ request?: string, status?: string, code?: string, reason?: string, text?: string }} parts
 */
function show(outcome, { request = '', status = '', code = '', reason = '', text = '' }) {
  const texts = new Map(Object.entries({ request, status, code, reason, text }));
  for (const [name, content] of texts) {
    const part = /** @type {HTMLElement} */ (document.getElementById(`answer-${name}`));
    part.textContent = content;
    part.hidden = content === '';
  }
  const section = /** @type {HTMLElement} */ (document.getElementById('answer'));
  section.dataset['outcome'] = outcome;
}

/**
 * The code and the message of a refusal; nothing if the text is none.
 *
 * @param {string} text
 * @returns {{ code?: string, message?: string }}
 */
function refusalIn(text) {
  try {
    const { code, message } = JSON.parse(text) ?? {};
    return { ...(typeof code === 'string' && { code }), ...(typeof message === 'string' && { message }) };
  } catch {
    return {}; // An answer need not be JSON.
  }
}
