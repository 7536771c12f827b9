import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startBackend, startDeskGateway } from '../../support/desk-gateway.js';
import { startBrowser } from '../../support/browser.js';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser('--host-resolver-rules=MAP *.example 127.0.0.1');
});
afterAll(() => browser.close());

/** A gateway, a backend that notes what reaches it, and a web server whose page tries to use the gateway. */
async function start(flags: readonly string[] = []) {
  const reached: string[] = [];
  const page = { 'Content-Type': 'text/html', 'Access-Control-Allow-Origin': '*' };
  const backend = await startBackend((request, response) => {
    if (request.url !== '/favicon.ico') reached.push(`${request.method} ${request.url}`);
    response.writeHead(200, page).end('<title>reached</title>');
  });
  backend.server.on('upgrade', (request, socket) => {
    reached.push(`upgrade ${request.url}`);
    socket.destroy();
  });
  const other = await startBackend((_, response) => response.writeHead(200, page).end('<title>other</title>'));
  return { ...(await startDeskGateway(backend.port, flags)), reached, other: other.port };
}

async function open(url: string): Promise<{ readonly page: Page; readonly status: number | undefined }> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const response = await page.goto(url);
  return { page, status: response?.status() };
}

/** What a script of the page learns: the status and text, or that it learns nothing. */
const fetchFrom = (page: Page, url: string, options: object = {}) =>
  page.evaluate(
    async ([to, init]) =>
      fetch(to, init as RequestInit).then(
        (reply) => reply.status,
        () => 'nothing',
      ),
    [url, options] as const,
  );

describe('a page of the gateway itself', () => {
  it('opens by its address, and may call the backend', async () => {
    const { port, reached } = await start();
    const { page, status } = await open(`http://127.0.0.1:${port}/page`);
    expect([status, await page.title()]).toEqual([200, 'reached']);
    expect(await fetchFrom(page, '/data', { method: 'POST', body: '{}' })).toBe(200);
    expect(reached).toEqual(['GET /page', 'POST /data']);
  });
});

describe.each([
  ['another site', (port: number) => `http://evil.example:${port}/`],
  ['another port of this machine', (port: number) => `http://127.0.0.1:${port}/`],
])('a page of %s', (_, address) => {
  it('cannot reach the backend by fetch, form, picture, link or WebSocket', async () => {
    const { port, reached, other, lines } = await start();
    const { page } = await open(address(other));
    const to = `http://127.0.0.1:${port}/target`;
    expect(await fetchFrom(page, to)).toBe('nothing');
    expect(await fetchFrom(page, to, { method: 'POST', body: 'a=1', mode: 'no-cors' })).not.toBe(200);
    expect(await fetchFrom(page, to, { method: 'DELETE' })).toBe('nothing');
    await page.evaluate(`(async (url) => {
      const ended = (target) => new Promise((done) => ['load', 'error'].forEach((name) => (target['on' + name] = done)));
      const picture = Object.assign(new Image(), { src: url });
      await Promise.all([ended(picture), ended(new WebSocket(url.replace('http', 'ws')))]);
    })('${to}')`);
    await page.setContent(`<form method="post" action="${to}"><button>Send</button></form><a href="${to}">Link</a>`);
    const [posted] = await Promise.all([page.waitForResponse(to), page.getByRole('button').click()]);
    expect(posted.status()).toBe(403);
    await page.goBack();
    await page.setContent(`<a href="${to}">Link</a>`);
    const [linked] = await Promise.all([page.waitForResponse(to), page.getByRole('link').click()]);
    expect(linked.status()).toBe(403);
    expect(reached).toEqual([]);
    expect(lines.filter((line) => line.includes('/target')).length).toBeGreaterThanOrEqual(6);
    expect(lines.filter((line) => line.includes('/target') && !line.includes(' 403 '))).toEqual([]);
  });
});

describe('a name that was rebound to this machine', () => {
  it('gets 403 and does not reach the backend', async () => {
    const { port, reached } = await start();
    const { page, status } = await open(`http://rebound.example:${port}/page`);
    expect(status).toBe(403);
    expect(await fetchFrom(page, '/data')).toBe(403);
    expect(reached).toEqual([]);
  });
});

describe('a page that --allow-origin names', () => {
  it('may call the backend', async () => {
    const backend = await startBackend((_, response) => response.end());
    const { port, reached } = await start(['--allow-origin', `http://app.example:${backend.port}`]);
    const { page } = await open(`http://app.example:${backend.port}/`);
    expect(await fetchFrom(page, `http://127.0.0.1:${port}/data`)).toBe(200);
    expect(reached).toEqual(['GET /data']);
  });
});
