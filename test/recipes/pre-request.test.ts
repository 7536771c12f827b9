import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { catchAll } from '../support/catch-all.js';
import { KEY, KEYS, SECRET } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { platforms, startForTest } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

const SCRIPT = readFileSync('docs/recipes/pre-request.js', 'utf8');

interface Typed {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** As the tools name it: `raw` for text; a form or a file, which they write after the script. */
  readonly mode?: string;
  readonly body?: string;
}

/** What both tools have of `crypto-js`: texts are UTF-8, and a hash is written in hex. */
const CRYPTO_JS = {
  SHA256: (text: string) => createHash('sha256').update(text, 'utf8').digest('hex'),
  HmacSHA256: (text: string, key: string) => createHmac('sha256', Buffer.from(key)).update(text, 'utf8').digest('hex'),
};

/** Plays the tool: runs the script over a request with `{{variables}}`, and gives the request that the tool then sends. */
function sign(
  tool: string,
  port: number,
  { method = 'GET', target, headers = {}, mode = 'raw', body }: Typed,
  secret = SECRET,
) {
  const values: Record<string, string> = { apig_key: KEY, apig_secret: secret, port: String(port), word: 'wörd 1' };
  const replaceIn = (text: string) => text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name]!);
  const own = new Map(Object.entries(headers));
  const request = {
    method,
    url: { toString: () => `http://127.0.0.1:{{port}}${target}` },
    ...(body !== undefined && { body: { mode, ...(mode === 'raw' && { raw: body }) } }),
    upsertHeader: ({ key, value }: { key: string; value: string }) => own.set(key, value),
  };
  const require = (name: string) => (name === 'crypto-js' ? CRYPTO_JS : expect.fail(`require('${name}')`));
  runInNewContext(SCRIPT, {
    require,
    [tool]: { request, variables: { get: (name: string) => values[name], replaceIn } },
  });
  const url = new URL(replaceIn(request.url.toString()));
  return {
    method,
    target: url.pathname + url.search,
    headers: [['Host', url.host], ...own] as const,
    ...(body !== undefined && { body: Buffer.from(replaceIn(body)) }),
  };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

const REQUESTS: readonly (readonly [name: string, Typed])[] = [
  ['without a path', { target: '' }],
  ['with a query', { target: '/orders?b=2&a=1&a=0&empty=&flag&c=a+b%20c&=' }],
  ['with escapes and other letters', { target: "/ä b/%E6%96%87/it's(1)*!?q=%C3%A9 ü&x=%2B" }],
  ['with variables', { target: '/{{word}}?w={{word}}' }],
  ['with a JSON body', { method: 'POST', target: '/orders', headers: JSON_TYPE, body: '{"ü":"{{word}}"}' }],
  ['with an empty body', { method: 'PUT', target: '/orders', body: '' }],
  ['with a body that the tool writes', { method: 'POST', target: '/orders', mode: 'urlencoded', body: 'a=1&b=2' }],
  ['that has the headers of an earlier one', { target: '/', headers: { authorization: 'x', 'x-sdk-date': 'y' } }],
];

describe.each(platforms)('the pre-request script, before an application on $name', (platform) => {
  describe.each(['pm', 'insomnia'])('with the object %s', (tool) => {
    it.each(REQUESTS)('signs a request %s', async (_, typed) => {
      const { port } = await startForTest(platform, catchAll({ keys: KEYS }));
      const reply = await send(port, sign(tool, port, typed));
      const bodyVerified = typed.mode === undefined;
      expect(reply).toMatchObject({ status: 200, text: JSON.stringify({ key: KEY, bodyVerified }) });
    });

    it('signs with the secret of the variable', async () => {
      const { port } = await startForTest(platform, catchAll({ keys: KEYS }));
      const reply = await send(port, sign(tool, port, { target: '/' }, 'another secret'));
      expect(reply).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
    });
  });
});
