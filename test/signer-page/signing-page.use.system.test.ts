import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REFUSAL_CODES } from '../../src/core/index.js';
import { REMEDIES } from '../../src/core/refusal-remedies.js';
import { startSample, type RunningSample } from '../sample-app/sample.process.js';
import { startBrowser } from '../support/browser.js';
import { SigningPage } from './signing-page.driver.js';

/** A script of the page, which has no declarations. */
const SCRIPT = '../../src/signer-page/page/chinese-remedies.js';
const { CHINESE_REMEDIES } = (await import(SCRIPT)) as { CHINESE_REMEDIES: typeof REMEDIES };

/** For a browser, which may have to share the machine. */
const PATIENCE = 120_000;

let [sample, browser] = [] as unknown as [RunningSample, Browser];
beforeAll(async () => {
  [sample, browser] = await Promise.all([startSample({}), startBrowser()]);
}, PATIENCE);
afterAll(async () => {
  await browser.close();
  await sample.stop();
});

const open = (options = {}) => SigningPage.open(browser, `http://127.0.0.1:${sample.port}`, options);

const LANGUAGES = [
  ['English', 'en-GB', 'Sign and send'],
  ['Chinese', 'zh-CN', '签名并发送'],
] as const;

/** Sends what stands in the fields, and waits for the answer. */
async function send({ page }: SigningPage) {
  await page.locator('#send').click();
  await page.locator('#answer:is([data-outcome=good], [data-outcome=bad])').waitFor();
}

async function fill({ page }: SigningPage, { secret = 'signature_secret1', target = '/hello' } = {}) {
  for (const [id, text] of Object.entries({ target, key: 'signature_key1', secret })) {
    await page.locator(`#${id}`).fill(text);
  }
}

describe.each(LANGUAGES)('the signing page in %s', { timeout: PATIENCE }, (language, locale, sendName) => {
  it('has the language of the browser', async () => {
    const signing = await open({ locale });
    await signing.button(sendName).waitFor();
    expect(await signing.page.locator('html').getAttribute('lang')).toBe(language === 'English' ? 'en' : 'zh-CN');
  });

  it('has no accessibility violation: at first, with problems, after an answer, after a refusal', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const signing = await open({ locale, colorScheme });
      expect(await violations(signing.page)).toEqual([]);
      await signing.page.locator('#send').click();
      await signing.page.locator('#key[aria-invalid=true]').waitFor();
      expect(await violations(signing.page)).toEqual([]);
      await fill(signing);
      await send(signing);
      expect(await violations(signing.page)).toEqual([]);
      await fill(signing, { secret: 'wrong', target: `/${'long'.repeat(100)}` });
      await send(signing);
      expect(await violations(signing.page)).toEqual([]);
      expect(signing.complaints).toEqual([]);
    }
  });

  it.each([
    [1366, 768],
    [1280, 900],
    [768, 1024],
    [768, 500],
  ])(`keeps ${sendName} visible on %i x %i, before and after an answer, at any scroll position`, async (...size) => {
    const [width, height] = size;
    const signing = await open({ locale, viewport: { width, height } });
    const expectInView = async () => {
      for (const place of ['0', 'document.body.scrollHeight / 2', 'document.body.scrollHeight']) {
        await signing.page.evaluate(`scrollTo(0, ${place})`);
        expect(await isOnTop(signing.page, '#send')).toBe(true);
      }
    };
    await expectInView();
    await fill(signing, { secret: 'wrong' });
    await send(signing);
    expect(await isOnTop(signing.page, '#answer-status')).toBe(true);
    await expectInView();
  });
});

describe('the language', { timeout: PATIENCE }, () => {
  it('changes completely with a button, and is kept for the next visit', async () => {
    const signing = await open();
    const { page } = signing;
    await fill(signing, { secret: 'wrong' });
    await page.locator('#date').fill('today');
    await signing.button('中文').click();
    await expect.poll(() => page.locator('#date-problem').textContent()).toMatch(/^UTC 日期的格式为 \d{8}T\d{6}Z。$/);
    await page.locator('#date').fill('');
    await send(signing);
    expect(await page.locator('#answer-remedy').textContent()).toBe(`请检查：${CHINESE_REMEDIES.SIGNATURE_MISMATCH}。`);
    expect(await page.title()).toBe('签名请求');
    await page.reload();
    await signing.button('签名并发送').waitFor();
    await signing.button('English').click();
    await signing.button('Sign and send').waitFor();
    expect((await page.locator('body').innerText()).replace('中文', '')).not.toMatch(/\p{Script=Han}/u);
  });

  it('has no English sentence on the Chinese page', async () => {
    const signing = await open({ locale: 'zh' });
    await signing.page.locator('#send').click();
    await expect.poll(() => signing.page.locator('#key-problem').textContent()).not.toBe('');
    const texts = await signing.page.locator('[data-text], .problem, .reason').allInnerTexts();
    expect(texts.filter((text) => /[A-Za-z]+ [a-z]+/.test(text))).toEqual([]);
    const marks = await signing.page
      .locator('[data-label], [data-when-empty]')
      .evaluateAll((elements) =>
        (elements as { getAttribute(name: string): string | null }[]).map(
          (element) => element.getAttribute('aria-label') ?? element.getAttribute('data-empty'),
        ),
      );
    expect(marks.filter((text) => !/\p{Script=Han}/u.test(text ?? ''))).toEqual([]);
  });
});

describe('a refusal', { timeout: PATIENCE }, () => {
  it('has a remedy beside its code, for every code and in both languages', async () => {
    const signing = await open();
    const remedyOf = async (code: string) => {
      await signing.page.unroute('**/hello');
      await signing.page.route('**/hello', (route) =>
        route.fulfill({ status: 401, json: { code, message: 'Refused.' } }),
      );
      await signing.send();
      return signing.page.locator('#answer-remedy').textContent();
    };
    await signing.fill();
    for (const code of REFUSAL_CODES) {
      expect(await remedyOf(code)).toBe(`Look at: ${REMEDIES[code]}.`);
      expect(CHINESE_REMEDIES[code]).toMatch(/\p{Script=Han}/u);
    }
    for (const code of ['__proto__', 'constructor', 'SOMETHING_ELSE']) expect(await remedyOf(code)).toBe('');
  });
});

describe('an answer', { timeout: PATIENCE }, () => {
  const shown = async (body: string) => {
    const signing = await open();
    await signing.page.route('**/hello', (route) => route.fulfill({ status: 200, body }));
    await signing.fill();
    return (await signing.send()).text;
  };

  it('of JSON is indented, and every digit and name stays', async () => {
    const json =
      '{"id":12345678901234567890,"id":1.50,"list":[],"nested":{"a":[1,{"b, {":"\\"x\\": [1]"}]},"none":{ }}';
    expect(await shown(json)).toBe(
      [
        '{',
        '  "id": 12345678901234567890,',
        '  "id": 1.50,',
        '  "list": [],',
        '  "nested": {',
        '    "a": [',
        '      1,',
        '      {',
        '        "b, {": "\\"x\\": [1]"',
        '      }',
        '    ]',
        '  },',
        '  "none": {}',
        '}',
      ].join('\n'),
    );
  });

  it.each([
    ['text', 'Hello {World}'],
    ['broken JSON', '{"a":1,}'],
    ['deep JSON', '['.repeat(3000) + ']'.repeat(3000)],
    ['long JSON', `[${'1,'.repeat(60_000)}1]`],
  ])('of %s is shown unchanged', async (_, body) => {
    expect(await shown(body)).toBe(body);
  });

  it('to a long target shows its beginning, and the whole target when it is unfolded', async () => {
    const signing = await open({ viewport: { width: 1280, height: 900 } });
    const target = `/${'long'.repeat(1000)}`;
    await signing.fill({ target });
    await signing.send();
    const request = signing.page.locator('#answer-folded');
    expect((await request.boundingBox())!.height).toBeLessThan(100);
    expect(await request.locator('summary').innerText()).toMatch(/^GET \/(long)+\w*…$/);
    await request.locator('summary').click();
    expect(await request.locator('p').innerText()).toBe(`GET ${target}`);
    await signing.fill({ target: '/hello' });
    await signing.send();
    expect(await request.isVisible()).toBe(false);
    expect(await signing.page.locator('#answer-request').innerText()).toBe('GET /hello');
  });
});

describe('Ctrl+Enter', { timeout: PATIENCE }, () => {
  it.each(['target', 'body', 'key', 'send'])('sends once, from %s', async (id) => {
    const signing = await open();
    await signing.fill();
    const sent: string[] = [];
    signing.page.on('request', (request) => sent.push(new URL(request.url()).pathname));
    await signing.page.locator(`#${id}`).press('Control+Enter');
    await signing.page.getByText('200 OK').waitFor();
    await signing.page.waitForTimeout(200); // a second one would be on its way by now
    expect(sent).toEqual(['/hello']);
  });
});

describe('forced colours', { timeout: PATIENCE }, () => {
  it.each(['light', 'dark'] as const)('leave an edge around every text box, %s', async (colorScheme) => {
    const signing = await open({ forcedColors: 'active', colorScheme });
    await signing.fill({ secret: 'wrong' });
    await signing.send();
    const boxes = await signing.page.evaluate<[string, boolean][]>(EDGES);
    expect(boxes.length).toBeGreaterThanOrEqual(16);
    expect(boxes.filter(([, isSeen]) => !isSeen)).toEqual([]);
  });
});

/** Every box that texts stand in, and whether its border differs from what is behind it. */
const EDGES = `[...document.querySelectorAll('input, select, textarea, pre, fieldset, section, button')]
  .filter((element) => element.checkVisibility())
  .map((element) => {
    const { borderTopWidth, borderTopStyle, borderTopColor } = getComputedStyle(element);
    const isDrawn = borderTopStyle !== 'none' && parseFloat(borderTopWidth) >= 1;
    return [element.id || element.className, isDrawn && borderTopColor !== getComputedStyle(document.body).backgroundColor];
  })`;

/** Whether the middle of an element is in view, and nothing lies over it. */
function isOnTop(page: Page, selector: string): Promise<boolean> {
  return page.evaluate(`(() => {
    const element = document.querySelector('${selector}');
    const { left, top, width, height } = element.getBoundingClientRect();
    const there = document.elementFromPoint(left + width / 2, top + height / 2);
    return there !== null && element.contains(there) && top >= 0 && top + height <= innerHeight;
  })()`);
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe-core finds: rules of WCAG 2.2 up to AA, and best practices. */
async function violations(page: Page): Promise<unknown[]> {
  await page.waitForTimeout(200); // for the colours, which change slowly
  await page.evaluate(await readFile(AXE, 'utf8'));
  const results = await page.evaluate<{
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
  }>('axe.run()');
  return results.violations.map(({ id, nodes }) => [
    id,
    nodes.map(({ html, failureSummary }) => [html, failureSummary]),
  ]);
}
