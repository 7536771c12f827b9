import { say } from './language.js';

const SHOWN_FOR = 2000;

/**
 * Copies a text, and says whether that worked. Where it did not, the text is selected.
 *
 * @param {HTMLElement} element what holds the text
 * @param {HTMLElement} button
 * @param {HTMLElement} said what screen readers read out
 */
export async function copy(element, button, said) {
  const copied = await navigator.clipboard.writeText(element.textContent).then(
    () => true,
    () => false,
  );
  if (!copied) getSelection()?.selectAllChildren(element);
  button.textContent = say(copied ? 'Copied' : 'Press Ctrl+C');
  said.textContent = say(copied ? 'Copied' : 'Not copied. The text is selected: press Control and C.');
  setTimeout(() => {
    button.textContent = say('Copy');
    said.textContent = '';
  }, SHOWN_FOR);
}
