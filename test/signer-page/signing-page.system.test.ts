import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/http-client.js';
import { paste } from '../support/paste.js';
import { unauthorized } from '../support/refused-replies.js';
import { SAMPLE_SECRET, startSample, type RunningSample } from '../sample-app/sample.process.js';
import { startBrowser } from '../support/browser.js';
import { SigningPage, type Fields } from './signing-page.driver.js';

/** For a browser, which may have to share the machine. */
const PATIENCE = 120_000;

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
}, PATIENCE);
afterAll(() => browser.close());

const JSON_TYPE = 'Content-Type: application/json';

const TEXT_TYPE = 'Content-Type: text/plain';

const AWKWARD: readonly Fields[] = [
  { method: 'POST', headers: TEXT_TYPE, body: `'"$HOME\`ls\`!!\\` },
  { method: 'PUT', headers: TEXT_TYPE, body: '\na\n\nb\n' },
  { method: 'POST', headers: TEXT_TYPE, body: '@/etc/hostname' },
  { method: 'PATCH', target: '/naïve?ä=文', headers: `${JSON_TYPE}\nX-Name: 文 é`, body: '{"ü":"文"}' },
  { target: '/a b?c=d e+f&g' },
  { target: '/[1-3]{a,b}?x[]=1&y={z}' },
  { target: '/100%25?rate=5%25' },
  { headers: "X-Empty:\nX-Quoted: it's" },
  { method: 'HEAD' },
  { method: 'OPTIONS' },
  { method: 'DELETE', headers: 'X-A: 1\nX-B: 2', signedHeaders: 'X-SDK-DATE, host; x-a' },
  { method: 'POST', headers: `${JSON_TYPE}\nX-Sdk-Content-Sha256: UNSIGNED-PAYLOAD`, body: '{}' },
];

describe.each(['express', 'fastify'])('the signing page on %s', { timeout: PATIENCE }, (ADAPTER) => {
  let sample: RunningSample;
  let origin: string;
  const open = () => SigningPage.open(browser, origin);

  beforeAll(async () => {
    sample = await startSample({ ADAPTER });
    origin = `http://127.0.0.1:${sample.port}`;
  }, PATIENCE);
  afterAll(() => sample.stop());

  it('is named at the start', () => {
    expect(sample.output).toContain(`\nA page to sign requests on: ${origin}/signer\n`);
  });

  it('signs a request, sends it, and shows the 200', async () => {
    const signing = await open();
    await signing.fill();
    expect(await signing.send()).toEqual({ outcome: 'good', status: '200 OK', said: '', text: 'Hello World!' });
    expect(signing.complaints).toEqual([]);
  });

  it('shows the 401 of a wrong secret, with its code and message', async () => {
    const signing = await open();
    await signing.fill({ secret: `not ${SAMPLE_SECRET}` });
    const answer = await signing.send();
    expect(answer).toMatchObject({ outcome: 'bad', status: '401 Unauthorized' });
    expect(answer.said).toBe('SIGNATURE_MISMATCH Verify authroization failed.');
    expect(JSON.parse(answer.text!)).toMatchObject({ statusCode: 401, code: 'SIGNATURE_MISMATCH' });
  });

  it('shows the refusals of an old date and of an unknown key', async () => {
    const signing = await open();
    await signing.fill({ date: '20200101T000000Z' });
    expect(await signing.send()).toMatchObject({ outcome: 'bad', said: 'SIGNATURE_EXPIRED Signature expired.' });
    await signing.fill({ key: '__proto__' });
    expect(await signing.send()).toMatchObject({ outcome: 'bad', said: 'KEY_UNKNOWN Signing key not found.' });
  });

  it('makes requests and commands that are accepted, with any content', { timeout: PATIENCE }, async () => {
    const signing = await open();
    for (const fields of AWKWARD) {
      await signing.button('Start over').click();
      await signing.fill(fields);
      const { status, text } = await signing.send();
      expect({ ...fields, status }).toEqual({ ...fields, status: '200 OK' });
      const pasted = paste(await signing.textUnder('The same as a command'));
      const expected = fields.method === 'HEAD' ? /^HTTP\/1.1 200 OK.* 200$/s : /^Hello World! 200$/;
      expect({ ...fields, text, pasted }).toEqual({
        ...fields,
        text: fields.method === 'HEAD' ? '' : 'Hello World!',
        pasted: expect.stringMatching(expected),
      });
    }
  });

  it('adds no unsigned Content-Type', async () => {
    const signing = await open();
    await signing.fill({ method: 'POST', body: 'untyped' });
    const { status } = await signing.send();
    expect(status).toBe(ADAPTER === 'express' ? '200 OK' : '415 Unsupported Media Type');
    expect(paste(await signing.textUnder('The same as a command'))).toMatch(new RegExp(` ${status!.slice(0, 3)}$`));
  });

  it("sends a path that looks like another server's to its own server", async () => {
    const signing = await open();
    await signing.fill({ target: '//127.0.0.2/hello' });
    const sent = signing.page.waitForRequest(/hello$/);
    expect(await signing.send()).toMatchObject({ status: '404 Not Found' });
    expect((await sent).url()).toBe(`${origin}//127.0.0.2/hello`);
  });

  it('makes commands for requests that browsers cannot send, and says so', async () => {
    const signing = await open();
    const cases: [keyof Fields, Fields, problem: string][] = [
      ['headers', { headers: 'Cookie: a=b' }, 'A browser does not let a page set Cookie. Use the curl command.'],
      ['headers', { headers: 'Host: x.example' }, 'A browser does not let a page set Host. Use the curl command.'],
      ['body', { headers: '', body: '{}' }, 'A browser sends no body with GET. Use the curl command.'],
      ['target', { body: '', target: '/x/../hello' }, 'A browser would send /hello here. Use the curl command.'],
    ];
    for (const [field, fields, problem] of cases) {
      await signing.fill(fields);
      await expect.poll(() => signing.problemOf(field)).toBe(problem);
      const expected = field === 'target' ? / 404$/ : /^Hello World! 200$/;
      expect(paste(await signing.textUnder('The same as a command'))).toMatch(expected);
    }
    expect(signing.complaints).toEqual([]);
  });

  it('is open, with a policy against inline scripts, and serves its own files only', async () => {
    const get = (target: string) => send(sample.port, { method: 'GET', target, headers: [['Host', 'x']] });
    const page = await get('/signer');
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    const policy = page.headers['content-security-policy'];
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
    expect(policy).not.toContain('unsafe');
    expect(page.text).not.toContain(SAMPLE_SECRET);
    expect(await get('/signer/canonical-request.js')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/javascript; charset=utf-8', 'x-content-type-options': 'nosniff' },
    });
    const others = ['.env', '../.env', '..%2f..%2f.env', '%2e%2e/.env', 'tsconfig.json', '__proto__', 'index.js'];
    for (const name of others) {
      const { status, text } = await get(`/signer/${name}`);
      expect([name, status]).toEqual([name, expect.toBeOneOf([401, 404])]);
      expect(text).not.toContain(SAMPLE_SECRET);
    }
  });
});

describe.each(['express', 'fastify'])('the signing page on %s, in production', (ADAPTER) => {
  let sample: RunningSample;

  beforeAll(async () => {
    sample = await startSample({ ADAPTER, NODE_ENV: 'production' });
  }, PATIENCE);
  afterAll(() => sample.stop());

  it.each([
    ['/signer', 401],
    ['/signer/signer.js', 404],
    ['/signer/index.html', 404],
  ])('does not exist: %s', async (target, status) => {
    const reply = await send(sample.port, { method: 'GET', target, headers: [['Host', 'x']] });
    expect(reply).toMatchObject(status === 401 ? unauthorized('AUTHORIZATION_MISSING') : { status });
    expect(sample.output).not.toContain('/signer');
  });
});
