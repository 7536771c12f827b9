import { showAgain, showAnswer, showFailure, showNone, showWaiting } from './answer.js';
import { copy } from './copying.js';
import { curlCommand } from './curl-command.js';
import { problemsIn, requestIn } from './fields.js';
import { isChinese, preferredLanguage, rememberLanguage, speak } from './language.js';
import { forget, recall, remember } from './memory.js';
import { obstaclesTo, send } from './sending.js';
import { authorize, textsToSign } from './signing.js';
import { showAuthorization, showCanonicalRequest } from './texts.js';
import { toWireText } from './wire-text.js';

/** @import { FieldName, Problems, Values } from './fields.js' */
/** @import { Language } from './language.js' */
/** @import { RequestToSend } from './sending.js' */
/** @import { TextsToSign } from './signing.js' */
/** @typedef {{ texts?: TextsToSign, toSend?: RequestToSend, obstacles: Problems }} Signed */

const form = /** @type {HTMLFormElement} */ (document.querySelector('form'));
/** The fields whose problems are shown: those that were filled in, and all once the button was pressed. */
const judged = new Set(/** @type {string[]} */ ([]));
let latest = 0;

speakIn(preferredLanguage());
element('language').addEventListener('click', changeLanguage);
if (globalThis.isSecureContext) start();
else explainInsecure();

function start() {
  element('host').textContent = location.host;
  recall(form);
  form.addEventListener('input', () => {
    remember(form);
    void refresh();
  });
  form.addEventListener('change', ({ target }) => {
    judged.add(/** @type {HTMLInputElement} */ (target).name);
    void refresh();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault(); // otherwise a browser that submits at this key itself would send twice
    if (!event.repeat) form.requestSubmit();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void signAndSend();
  });
  form.addEventListener('reset', () => setTimeout(startOver)); // by then the fields are empty
  element('reveal').addEventListener('click', reveal);
  for (const button of copyButtons()) {
    button.addEventListener('click', async () => {
      await refresh(); // with the date of now
      await copy(element(button.dataset['copies'] ?? ''), button, element('said'));
    });
  }
  void refresh();
}

/** Signs what the fields say, and shows all of it. */
async function refresh() {
  const turn = ++latest;
  const values = /** @type {Values} */ (Object.fromEntries(new FormData(form)));
  const problems = problemsIn(values);
  const signed = await sign(values, problems);
  if (turn === latest) {
    showProblems(problems, signed.obstacles);
    showTexts(signed);
  }
  return signed;
}

/**
 * The signature, or the texts before it if there is no key or no secret.
 *
 * @param {Values} values
 * @param {Problems} problems
 * @returns {Promise<Signed>}
 */
async function sign(values, problems) {
  const canBeRead = [...problems.keys()].every((name) => name === 'key' || name === 'secret');
  if (!canBeRead) return { obstacles: new Map() };
  const request = requestIn(values, location.host, new Date());
  const texts = await textsToSign(request);
  const obstacles = obstaclesTo(request);
  if (problems.size > 0) return { texts, obstacles };
  const authorization = await authorize(texts, values.key, values.secret);
  return { texts, obstacles, toSend: { ...request, headers: [...request.headers, ['Authorization', authorization]] } };
}

async function signAndSend() {
  for (const { name } of fields()) judged.add(name);
  const { toSend, obstacles } = await refresh();
  if (!toSend || obstacles.size > 0) {
    showNone('Nothing was sent. See the field that is marked.');
    fields()
      .find((field) => field.getAttribute('aria-invalid') === 'true')
      ?.focus();
    return;
  }
  const sent = `${toSend.method} ${toSend.target}`;
  showWaiting(sent);
  await send(toSend).then(
    (answer) => showAnswer(sent, answer),
    (error) => showFailure(sent, error),
  );
  element('answer').scrollIntoView({ block: 'nearest' });
}

/** @param {Signed} signed */
function showTexts({ texts, toSend }) {
  showCanonicalRequest(element('canonical'), texts?.canonicalRequest ?? '');
  element('string').textContent = texts?.stringToSign ?? '';
  showAuthorization(element('authorization'), toSend?.headers.at(-1)?.[1] ?? '');
  element('curl').textContent = toSend ? commandFor(toSend) : '';
  for (const button of copyButtons()) button.disabled = element(button.dataset['copies'] ?? '').textContent === '';
}

/** @param {RequestToSend} request */
function commandFor({ headers, ...request }) {
  const onTheWire = headers.map(([name, value]) => /** @type {const} */ ([name, toWireText(value)]));
  try {
    return curlCommand({ ...request, origin: location.origin, headers: onTheWire });
  } catch (error) {
    return `# ${/** @type {Error} */ (error).message}`; // HEAD with a body, say
  }
}

/**
 * @param {Problems} problems what cannot be signed
 * @param {Problems} obstacles what cannot be sent from here
 */
function showProblems(problems, obstacles) {
  for (const field of fields()) {
    const name = /** @type {FieldName} */ (field.name);
    const problem = judged.has(name) ? problems.get(name) : undefined;
    const obstacle = obstacles.get(name);
    field.setAttribute('aria-invalid', String(problem !== undefined || obstacle !== undefined));
    element(`${name}-problem`).textContent = problem ?? obstacle ?? '';
  }
}

function startOver() {
  forget();
  judged.clear();
  showNone('Nothing was sent yet.');
  void refresh();
}

function reveal() {
  const secret = /** @type {HTMLInputElement} */ (element('secret'));
  const isHidden = secret.type === 'password';
  secret.type = isHidden ? 'text' : 'password';
  element('reveal').setAttribute('aria-pressed', String(isHidden));
}

function changeLanguage() {
  const next = isChinese() ? 'en' : 'zh-CN';
  rememberLanguage(next);
  speakIn(next);
  if (globalThis.isSecureContext) void refresh();
}

/** @param {Language} language */
function speakIn(language) {
  speak(language);
  element('language').lang = language === 'en' ? 'zh-CN' : 'en'; // the button names the other one
  showAgain();
}

function explainInsecure() {
  const link = /** @type {HTMLAnchorElement} */ (document.querySelector('#insecure a'));
  link.href = `http://127.0.0.1:${location.port}${location.pathname}`;
  link.textContent = link.href;
  element('insecure').hidden = false;
  form.inert = true;
}

function fields() {
  return /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll('[name]')]);
}

function copyButtons() {
  return /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll('[data-copies]')]);
}

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}
