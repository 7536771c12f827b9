import { say } from './language.js';

/**
 * Shows a canonical request with the meaning of each line.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function showCanonicalRequest(element, text) {
  const lines = text === '' ? [] : text.split('\n');
  const last = lines.length - 1;
  const names = new Map([
    [0, say('method')],
    [1, say('path')],
    [2, say('query')],
    [3, say('headers')],
    [last - 1, say('signed')],
    [last, say('body hash')],
  ]);
  const spans = lines.map((line, at) => {
    const span = document.createElement('span');
    span.textContent = at === last ? line : `${line}\n`;
    span.dataset['line'] = names.get(at) ?? '';
    return span;
  });
  element.replaceChildren(...spans);
}

/**
 * Shows an Authorization header, its signature marked.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function showAuthorization(element, text) {
  const signature = document.createElement('mark');
  signature.textContent = text.slice(-64);
  element.replaceChildren(...(text === '' ? [] : [text.slice(0, -64), signature]));
}
