import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyOf, vectors } from '../support/vectors.js';
import { SAMPLE_KEY, SAMPLE_SECRET, startSample, type RunningSample } from '../sample-app/sample.process.js';
import { startBrowser } from '../support/browser.js';
import { SigningPage, type Fields } from './signing-page.driver.js';

/** For a browser, which may have to share the machine. */
const PATIENCE = 120_000;

let [sample, browser] = [] as unknown as [RunningSample, Browser];
let origin: string;

beforeAll(async () => {
  sample = await startSample({});
  origin = `http://127.0.0.1:${sample.port}`;
  // A name that is no machine's own, where browsers have no WebCrypto without https.
  browser = await startBrowser('--host-resolver-rules=MAP far.example 127.0.0.1');
}, PATIENCE);
afterAll(async () => {
  await browser.close();
  await sample.stop();
});

const open = (options = {}) => SigningPage.open(browser, origin, options);

describe('signing in the browser', { timeout: PATIENCE }, () => {
  it('gives the same texts as the official signers, for all 509 vectors', async () => {
    const { page, complaints } = await open();
    const sign = `async (vectors) => {
      const { textsToSign, authorize } = await import('/signer/signing.js');
      return Promise.all(vectors.map(async ({ key, secret, bodyBase64, signedHeaders, ...request }) => {
        const body = Uint8Array.from(atob(bodyBase64), (char) => char.charCodeAt(0));
        const texts = await textsToSign({ ...request, body, signedHeaders: signedHeaders.split(';') });
        const { canonicalRequest, stringToSign } = texts;
        return { canonicalRequest, stringToSign, authorization: await authorize(texts, key, secret) };
      }));
    }`;
    const texts = await page.evaluate<unknown[]>(`(${sign})(${JSON.stringify(vectors)})`);
    expect(texts).toHaveLength(509);
    expect(texts).toEqual(
      vectors.map(({ canonicalRequest, stringToSign, authorization }) => ({
        canonicalRequest,
        stringToSign,
        authorization,
      })),
    );
    expect(complaints).toEqual([]);
  });

  it('shows the three texts of a vector that is typed in', async () => {
    const vector = vectors.find(({ name }) => name === 'body: POST json')!;
    const signing = await open();
    const { method, target, key, secret, signedHeaders } = vector;
    const [, date] = vector.headers.find(([name]) => name === 'X-Sdk-Date')!;
    const others = vector.headers.filter(([name]) => name !== 'X-Sdk-Date');
    await signing.fill({
      ...{ method, target, key, secret, signedHeaders },
      headers: others.map((header) => header.join(': ')).join('\n'),
      body: bodyOf(vector).toString(),
      date,
    });
    await expect.poll(() => signing.textUnder('Signature, in the Authorization header')).toBe(vector.authorization);
    expect(await signing.textUnder('Canonical request')).toBe(vector.canonicalRequest);
    expect(await signing.textUnder('String to sign')).toBe(vector.stringToSign);
  });

  it('shows the texts before the secret if there is no secret', async () => {
    const signing = await open();
    expect(await signing.textUnder('Canonical request')).toMatch(/^GET\n\/hello\/\n\nhost:127\.0\.0\.1:\d+\n/);
    expect(await signing.textUnder('String to sign')).toMatch(/^SDK-HMAC-SHA256\n\d{8}T\d{6}Z\n[0-9a-f]{64}$/);
    expect(await signing.page.locator('#curl, #authorization').allTextContents()).toEqual(['', '']);
    await expect(signing.button('Copy the curl command').isDisabled()).resolves.toBe(true);
  });

  it('shows a message in browsers that cannot sign', async () => {
    const signing = await SigningPage.open(browser, `http://far.example:${sample.port}`);
    expect(await signing.page.locator('#insecure').innerText()).toContain(`${origin}/signer`);
    expect(await signing.page.evaluate('document.querySelector("form").inert')).toBe(true);
    expect(signing.complaints).toEqual([]);
  });
});

describe('the page', { timeout: PATIENCE }, () => {
  it('copies the command with a new signature, and says so', async () => {
    const signing = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await signing.page.clock.setFixedTime('2026-01-15T09:30:45Z');
    await signing.fill();
    expect(await signing.textUnder('The same as a command')).toContain('X-Sdk-Date: 20260115T093045Z');
    await signing.field('secret').blur(); // else the click would take the focus from it, which signs too
    await signing.page.clock.setFixedTime('2026-01-15T10:30:45Z');
    await signing.button('Copy the curl command').click();
    await signing.page.getByText('Copied', { exact: true }).first().waitFor();
    const copied = await signing.page.evaluate('navigator.clipboard.readText()');
    expect(copied).toBe(await signing.textUnder('The same as a command'));
    expect(copied).toMatch(/^curl .*-X GET.*X-Sdk-Date: 20260115T103045Z/s);
  });

  it('selects the command if it may not copy', async () => {
    const signing = await open();
    await signing.page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error())');
    await signing.fill({ date: '20260115T093045Z' }); // or it may be another date by the time of the click
    const command = await signing.textUnder('The same as a command');
    await signing.button('Copy the curl command').click();
    await signing.page.getByText('Press Ctrl+C', { exact: true }).waitFor();
    expect(await signing.page.evaluate('getSelection().toString()')).toBe(command);
  });

  it('shows the answer of a hostile server as text', async () => {
    const signing = await open();
    const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
    const body = JSON.stringify({ code: markup, message: markup });
    await signing.page.route('**/hello', (route) => route.fulfill({ status: 401, contentType: 'text/html', body }));
    await signing.fill();
    expect(await signing.send()).toEqual({
      outcome: 'bad',
      status: '401 Unauthorized',
      said: `${markup} ${markup}`,
      text: JSON.stringify({ code: markup, message: markup }, null, 2),
    });
    expect(await signing.page.locator('#answer :is(img, script)').count()).toBe(0);
    expect(await signing.page.title()).toBe('Sign a request');
  });

  it('never treats text as markup, for any script', async () => {
    const { page } = await open();
    await expect(page.evaluate('void (document.body.innerHTML = "<b>x</b>")')).rejects.toThrow(/TrustedHTML/);
  });

  it('says when no answer comes', async () => {
    const signing = await open();
    await signing.page.route('**/hello', (route) => route.abort());
    await signing.fill();
    await signing.button('Sign and send').click();
    await signing.page.getByText('No answer', { exact: true }).waitFor();
    expect(await signing.page.locator('#answer').innerText()).toContain('Is the application still running?');
  });

  it('keeps the fields, but not the secret, until the user starts over', async () => {
    const signing = await open();
    const typed = { target: '/kept?a=b', headers: 'X-Kept: yes', body: 'kept', date: '20260115T093045Z' };
    await signing.fill({ ...typed, method: 'PUT', signedHeaders: 'host;x-sdk-date' });
    await signing.textUnder('The same as a command');
    const stored = () =>
      signing.page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])');
    expect(await stored()).toContain(SAMPLE_KEY);
    expect(await stored()).not.toContain(SAMPLE_SECRET);
    await signing.page.reload();
    for (const [name, text] of Object.entries({ ...typed, method: 'PUT', key: SAMPLE_KEY, secret: '' })) {
      expect([name, await signing.field(name as keyof Fields).inputValue()]).toEqual([name, text]);
    }
    await signing.button('Start over').click();
    await expect.poll(stored).toBe('[{},{},""]');
    expect(await signing.field('target').inputValue()).toBe('/hello');
  });

  it.each(['no JSON', 'null', '{"method":"BREW","target":7}'])('opens with stored fields of %s', async (kept) => {
    const signing = await open();
    await signing.page.evaluate(`localStorage.setItem('apig-signer', ${JSON.stringify(kept)})`);
    await signing.page.reload();
    expect(await signing.textUnder('Canonical request')).toMatch(/^GET\n\/hello\/\n/);
    expect(signing.complaints).toEqual([]);
  });
});

describe('a field with a problem', { timeout: PATIENCE }, () => {
  it('shows the problem beside itself, and gets the focus', async () => {
    const signing = await open();
    await signing.button('Sign and send').click();
    await expect.poll(() => signing.problemOf('key')).toBe('Needed: the name of a signing key.');
    expect(await signing.problemOf('secret')).toBe('Needed: the secret that belongs to the key.');
    expect(await signing.page.evaluate('document.activeElement.id')).toBe('key');
    expect(await signing.page.locator('#answer').innerText()).toContain('Nothing was sent.');
  });

  it('shows the right message', async () => {
    const signing = await open();
    await signing.fill();
    const cases: [keyof Fields, string, RegExp][] = [
      ['target', 'hello', /begins with a slash/],
      ['target', '/a#b', /Write %23/],
      ['target', '/5%', /Write %25/],
      ['target', '/?a=%zz', /Write %25/],
      ['headers', 'no header', /a name, a colon and a value\. This is not one: no header$/],
      ['headers', 'X-A: a\x01', /control character/],
      ['headers', 'authorization: x', /This page makes the header/],
      ['headers', 'x-sdk-date: x', /field of its own/],
      ['headers', 'X-A: 1\nx-a: 2', /x-a appears more than once/],
      ['key', 'a,b', /no comma/],
      ['key', 'ключ', /ASCII/],
      ['signedHeaders', 'host', /x-sdk-date must be among them/],
      ['signedHeaders', 'x-sdk-date;x-b', /x-b is not among the headers/],
      ['signedHeaders', 'x-sdk-date;host;host', /once/],
      ['date', 'today', /has the form \d{8}T\d{6}Z/],
    ];
    for (const [name, text, problem] of cases) {
      const before = await signing.field(name).inputValue();
      await signing.field(name).fill(text);
      await signing.field(name).blur();
      await expect.poll(() => signing.problemOf(name)).toMatch(problem);
      expect(await signing.page.locator('#curl, #authorization').allTextContents()).toEqual(['', '']);
      await signing.field(name).fill(before);
      await expect.poll(() => signing.problemOf(name)).toBe('');
    }
  });
});

describe('the layout', { timeout: PATIENCE }, () => {
  const LONG = { target: `/${'long'.repeat(60)}?${'q'.repeat(200)}=1`, headers: `X-Long: ${'v'.repeat(300)}` };

  it.each([360, 800, 1280])('scrolls in one direction only, %i pixels wide', async (width) => {
    const signing = await open({ viewport: { width, height: 800 } });
    await signing.fill({ ...LONG, secret: 'wrong' });
    await signing.send();
    expect(await signing.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });

  it.each(['light', 'dark'] as const)('has enough contrast for reading, %s', async (colorScheme) => {
    const signing = await open({ colorScheme });
    await signing.fill({ secret: 'wrong' });
    await signing.send();
    const [ground, least] = await signing.page.evaluate<[number, number]>(CONTRASTS);
    if (colorScheme === 'light') expect(ground).toBeGreaterThan(0.8);
    else expect(ground).toBeLessThan(0.1);
    expect(least).toBeGreaterThanOrEqual(4.5);
  });

  it('can be used with the tab key, in order and with a visible focus', async () => {
    const signing = await open();
    await signing.fill();
    await signing.textUnder('The same as a command');
    await signing.page.evaluate('document.activeElement.blur(); scrollTo(0, 0)');
    await signing.page.locator('h1').click();
    const passed: unknown[] = [];
    for (let step = 0; step < 12; step++) {
      await signing.page.keyboard.press('Tab');
      passed.push(
        await signing.page.evaluate('document.activeElement.id || document.activeElement.textContent.trim()'),
      );
      expect(await signing.page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    }
    const fields = ['method', 'target', 'headers', 'body', 'key', 'secret', 'reveal', 'signedHeaders', 'date'];
    expect(passed).toEqual(['language', ...fields, 'send', 'Start over']);
    await signing.field('date').press('Enter');
    await signing.page.getByText('200 OK').waitFor();
  });
});

/** The luminance of the ground, and the least contrast of a text with what it stands on. */
const CONTRASTS = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => channels(color).slice(0, 3)
    .map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const groundOf = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return channels(color)[3] === 0 ? groundOf(element.parentElement) : luminance(color);
  };
  const texts = [...document.querySelectorAll('h1, h2, h3, p, label, legend, code, mark, button:enabled, pre, input, select')];
  const contrasts = texts.filter((element) => element.checkVisibility() && !element.matches('.visually-hidden')).map((element) => {
    const [low, high] = [luminance(getComputedStyle(element).color), groundOf(element)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  });
  return [groundOf(document.body), Math.min(...contrasts)];
})()`;
