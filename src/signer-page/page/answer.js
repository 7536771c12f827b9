import { CHINESE_REMEDIES } from './chinese-remedies.js';
import { indented } from './json.js';
import { isChinese, say } from './language.js';
import { isKnownCode, REMEDIES } from './refusal-remedies.js';

/** @import { Text } from './language.js' */
/** @typedef {{ status: number, statusText: string, text: string }} Answer */
/** @typedef {'none' | 'good' | 'bad'} Outcome */
/** @typedef {'status' | 'code' | 'reason' | 'remedy' | 'text'} Part */

const LONGEST_REQUEST = 120;

/** Shows the present content again, perhaps in another language. */
export let showAgain = () => showNone('Nothing was sent yet.');

/**
 * Says which request is on its way.
 *
 * @param {string} request
 */
export function showWaiting(request) {
  show('none', request, () => ({ reason: say('Waiting for the answer…') }));
}

/**
 * Shows an answer as text, never as markup.
 *
 * @param {string} request
 * @param {Answer} answer
 */
export function showAnswer(request, { status, statusText, text }) {
  const { code = '', message = '' } = refusalIn(text);
  const parts = { code, reason: message, text: indented(text) };
  show(status >= 200 && status < 300 ? 'good' : 'bad', request, () => ({
    ...parts,
    status: status === 0 ? say('A redirect') : `${status} ${statusText}`.trim(),
    remedy: isKnownCode(code) ? say('Look at: {}.', (isChinese() ? CHINESE_REMEDIES : REMEDIES)[code]) : '',
  }));
}

/**
 * Says that no answer came.
 *
 * @param {string} request
 * @param {unknown} error
 */
export function showFailure(request, error) {
  const isLate = error instanceof DOMException && error.name === 'TimeoutError';
  show('bad', request, () => ({
    status: say('No answer'),
    reason: say(isLate ? 'No answer came within 30 seconds.' : 'Is the application still running?'),
  }));
}

/**
 * Says why there is no answer.
 *
 * @param {Text} reason
 */
export function showNone(reason) {
  show('none', '', () => ({ reason: say(reason) }));
}

/**
 * @param {Outcome} outcome
 * @param {string} request
 * @param {() => { readonly [part in Part]?: string }} textsNow in the language of now
 */
function show(outcome, request, textsNow) {
  showAgain = () => {
    const texts = textsNow();
    for (const name of /** @type {const} */ (['status', 'code', 'reason', 'remedy', 'text'])) {
      showPart(`answer-${name}`, texts[name] ?? '');
    }
    const isLong = request.length > LONGEST_REQUEST;
    showPart('answer-request', isLong ? '' : request);
    showPart('answer-long-request', isLong ? `${request.slice(0, LONGEST_REQUEST)}…` : '');
    element('answer-whole-request').textContent = isLong ? request : '';
    element('answer-folded').hidden = !isLong;
    element('answer').dataset['outcome'] = outcome;
  };
  showAgain();
}

/**
 * @param {string} id
 * @param {string} text
 */
function showPart(id, text) {
  element(id).textContent = text;
  element(id).hidden = text === '';
}

/**
 * The code and the message of a refusal; nothing if the text is not a refusal.
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

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
