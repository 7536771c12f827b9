import { describe, it } from 'vitest';
import { readCanonicalForm } from '../../src/cli/explain/canonical-form.js';
import { compare } from '../../src/cli/explain/compared-request.js';
import { isHttpText, readHttpText } from '../../src/cli/explain/http-text.js';
import { readUrl } from '../../src/cli/read-url.js';
import { readAccessLog, readCurlTrace, readHar } from '../../src/cli/explain/http-traces.js';
import { escapeUnshown } from '../../src/cli/unshown.js';
import { windowsCommand } from '../../src/cli/sign/windows-shells.js';
import { expectLinear } from '../support/growth.js';

/** What the command line reads of text that somebody pasted, or that came from elsewhere. */
const FUNCTIONS: Readonly<Record<string, (text: string) => unknown>> = {
  readCanonicalForm,
  'readCanonicalForm, of what follows a method and a path': (text) => readCanonicalForm(`GET|/|${text}`),
  'readCanonicalForm, of headers': (text) => readCanonicalForm(`GET|/||${text}||host|hash`),
  isHttpText: (text) => isHttpText(Buffer.from(text)),
  'readHttpText, of headers': (text) => readHttpText(Buffer.from(`GET / HTTP/1.1\r\n${text}\r\n\r\n`), 'FILE'),
  'readHttpText, of a body': (text) => readHttpText(Buffer.from(`GET / HTTP/1.1\r\nHost: x\r\n\r\n${text}`), 'FILE'),
  'readHttpText, of chunks': (text) =>
    readHttpText(Buffer.from(`GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${text}`), 'FILE'),
  readAccessLog,
  'readAccessLog, of a field': (text) => readAccessLog(`"GET / HTTP/1.1" "${text}"`),
  'readCurlTrace, of lines': (text) => readCurlTrace(`> GET / HTTP/1.1\n> ${text.replaceAll('\n', '\n> ')}`, 'FILE'),
  'readHar, of a URL and a header': (text) => {
    const request = { method: 'GET', url: text, headers: [{ name: 'Authorization', value: text }] };
    return readHar({ log: { entries: [{ request }] } });
  },
  'windowsCommand, of words that end with a letter': (text) => windowsCommand({ words: ['curl', `${text} x`] }, 'cmd'),
  'windowsCommand, of words that end with a quote': (text) =>
    windowsCommand({ words: ['curl', `${text}"`] }, 'powershell'),
  readUrl,
  'readUrl, of a host': (text) => readUrl(`http://${text}`),
  'readUrl, of a path': (text) => readUrl(`http://x/${text}`),
  escapeUnshown,
};

/** Compares a request that has a signed header for every character of a text. */
function compareHeadersOf(text: string): unknown {
  const names = Array.from(text, (_, at) => `x-${String(at).padStart(6, '0')}`);
  const authorization = `SDK-HMAC-SHA256 Access=k, SignedHeaders=${names.join(';')}, Signature=${'0'.repeat(64)}`;
  const headers = [...names.map((name) => [name, 'a'] as const), ['Authorization', authorization] as const];
  const shown = readCanonicalForm('GET|/||host:a||host|hash')!;
  const comparison = compare({ method: 'GET', target: '/', headers }, {}, shown, false);
  if (!comparison) throw new Error('nothing was compared');
  return comparison;
}

describe('ten times the text takes at most 15 times as long', { timeout: 120_000, retry: 3 }, () => {
  it('in compare, of signed headers', () => {
    expectLinear(compareHeadersOf, ['x']);
  });

  it.each(Object.entries(FUNCTIONS))('in %s', (_, run) => {
    expectLinear(run);
  });
});
