import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { SAMPLE_KEY, SAMPLE_SECRET } from '../sample-app/sample.process.js';

/** What is typed into the fields; those that are not named keep what they have. */
export interface Fields {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: string;
  readonly body?: string;
  readonly key?: string;
  readonly secret?: string;
  readonly signedHeaders?: string;
  readonly date?: string;
}

const LABELS = {
  method: 'Method',
  target: 'Path and query',
  headers: 'Headers',
  body: 'Body',
  key: 'Key',
  secret: 'Secret',
  signedHeaders: 'Signed headers',
  date: 'Date',
} as const;

/** The signing page as someone uses it who sees it: fields by their labels, buttons and texts by their names. */
export class SigningPage {
  /** What the browser complained of: breaches of the policy, errors of scripts. */
  readonly complaints: string[] = [];

  private constructor(readonly page: Page) {
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      const isRefusal = message.text().startsWith('Failed to load resource'); // which is what some tests are about
      if (message.type() === 'error' && !isRefusal) this.complaints.push(message.text());
    });
  }

  /** Opens it in a profile of its own, for one test. */
  static async open(browser: Browser, origin: string, options: BrowserContextOptions = {}): Promise<SigningPage> {
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    const signing = new SigningPage(await context.newPage());
    await signing.page.goto(`${origin}/signer`);
    return signing;
  }

  field(name: keyof Fields) {
    return this.page.getByLabel(LABELS[name], { exact: true });
  }

  button(name: string) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Types a request, by default one that is signed rightly. */
  async fill({ key = SAMPLE_KEY, secret = SAMPLE_SECRET, method, ...others }: Fields = {}): Promise<void> {
    if (method !== undefined) await this.field('method').selectOption(method);
    for (const [name, text] of Object.entries({ ...others, key, secret })) {
      await this.field(name as keyof Fields).fill(text);
    }
  }

  /** What the answer to a request looks like once it is there. */
  async send(): Promise<{ outcome: string | null; status: string | null; said: string; text: string | null }> {
    // An answer that is there already goes before the request does.
    await Promise.all([this.page.waitForResponse(() => true), this.button('Sign and send').click()]);
    const answer = this.page.getByRole('region', { name: 'Answer' });
    await answer.and(this.page.locator('[data-outcome=good], [data-outcome=bad]')).waitFor();
    return {
      outcome: await answer.getAttribute('data-outcome'),
      status: await answer.locator('#answer-status').textContent(),
      said: (await answer.locator('.reason').innerText()).trim(),
      text: await answer.locator('#answer-text').textContent(),
    };
  }

  /** The text under a title; waits until there is one. */
  async textUnder(title: string): Promise<string> {
    const text = this.page.getByLabel(title, { exact: true }).and(this.page.locator('pre:not(:empty)'));
    await text.waitFor();
    return (await text.textContent())!;
  }

  /** What is said beside a field, as a screen reader finds it. */
  async problemOf(name: keyof Fields): Promise<string> {
    const field = this.field(name);
    if ((await field.getAttribute('aria-invalid')) !== 'true') return '';
    const ids = (await field.getAttribute('aria-describedby'))!.split(' ');
    return (await this.page.locator(`#${ids.at(-1)!}`).innerText()).trim();
  }
}
