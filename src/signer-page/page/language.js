import { CHINESE } from './chinese.js';

/** @typedef {keyof typeof CHINESE} Text a text of this page, in English; `{}` stands for a value */
/** @typedef {'en' | 'zh-CN'} Language */

const PLACE = 'apig-signer-language';

/** @type {Language} */
let language = 'en';

/**
 * A text in the language of the page.
 *
 * @param {Text} text
 * @param {readonly string[]} values what stands for each `{}`, in their order
 */
export function say(text, ...values) {
  const parts = (language === 'zh-CN' ? CHINESE[text] : text).split('{}');
  return parts.map((part, at) => (at === 0 ? part : `${values[at - 1] ?? ''}${part}`)).join('');
}

export function isChinese() {
  return language === 'zh-CN';
}

/** The stored language, else the first language of the browser that this page has. */
export function preferredLanguage() {
  const preferred = [chosenBefore(), ...navigator.languages].find((name) => /^(en|zh)\b/i.test(name ?? ''));
  return /^zh/i.test(preferred ?? '') ? 'zh-CN' : 'en';
}

/** @param {Language} chosen */
export function rememberLanguage(chosen) {
  try {
    localStorage.setItem(PLACE, chosen);
  } catch {
    // Some browsers store nothing for a site. Then the next visit begins with the browser's own language.
  }
}

/**
 * Puts the page into a language: the marked texts now, and `say` from now on.
 *
 * @param {Language} next
 */
export function speak(next) {
  language = next;
  document.documentElement.lang = next;
  document.title = say('Sign a request');
  for (const element of marked('text')) element.textContent = say(keyOf(element, 'text'));
  for (const element of marked('label')) element.setAttribute('aria-label', say(keyOf(element, 'label')));
  for (const element of marked('whenEmpty')) element.dataset['empty'] = say(keyOf(element, 'whenEmpty'));
}

/**
 * The English text that a mark in the HTML stands for: `data-text` without a value, the text of its element.
 *
 * @param {HTMLElement} element
 * @param {string} mark
 */
function keyOf(element, mark) {
  element.dataset[mark] ||= element.textContent.trim().replace(/\s+/g, ' ');
  return /** @type {Text} */ (element.dataset[mark]);
}

/** @param {string} mark */
function marked(mark) {
  const attribute = mark.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return /** @type {HTMLElement[]} */ ([...document.querySelectorAll(`[data-${attribute}]`)]);
}

function chosenBefore() {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    return null;
  }
}
