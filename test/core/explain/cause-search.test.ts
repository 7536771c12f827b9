import { describe, expect, it } from 'vitest';
import { search } from '../../../src/core/explain/cause-search.js';
import { seeRequest } from '../../../src/core/explain/see-request.js';
import { explainMismatch, sha256Hex, type Secrets } from '../../../src/core/index.js';
import { signedAs, type CanonicalLines, type Received } from '../../support/mis-signed.js';
import { KEY, SECRET, signed } from '../../support/signed-request.js';

const hash = (text: string) => sha256Hex(Buffer.from(text));
const HEADERS: Received['headers'] = [
  ['Host', 'h.example:80'],
  ['Via', 'a, b'],
  ['X-A', 'c, d'],
];

/** The codes of the causes that are found. */
function codesOf(received: Received, lines: Partial<CanonicalLines>): string[] {
  const request = signedAs(received, lines);
  const found = search(seeRequest(request, { keys: { [KEY]: SECRET } }, sha256Hex(request.body!))!);
  return typeof found === 'string' ? [found] : found.causes.map(({ code }) => code);
}

describe('two causes are found together', () => {
  it.each<[codes: string, received: Received, signed: Partial<CanonicalLines>]>([
    ['METHOD_REWRITTEN HOST_PORT', { headers: HEADERS }, { method: 'get', headers: { host: 'h.example' } }],
    ['METHOD_REWRITTEN HEADER_APPENDED', { headers: HEADERS }, { method: 'HEAD', headers: { via: 'a' } }],
    ['HOST_PORT HEADER_APPENDED', { headers: HEADERS }, { headers: { host: 'h.example', via: 'a' } }],
    ['PATH_DECODED QUERY_DECODED', { target: '/a%20b?c=%20' }, { uri: '/a%2520b/', query: 'c=%2520' }],
    ['PATH_ENCODED PLUS_IN_QUERY', { target: '/a%2520b?c=d+e' }, { uri: '/a%20b/', query: 'c=d%2Be' }],
    [
      'TARGET_REWRITTEN HOST_PORT',
      { target: '/a//b', headers: HEADERS },
      { uri: '/a/b/', headers: { host: 'h.example' } },
    ],
    ['FINAL_SLASH_MISSING QUERY_UNSORTED', { target: '/a?b=1&c=2&b=0' }, { uri: '/a', query: 'b=1&c=2&b=0' }],
    ['FINAL_SLASH_MISSING BODY_NOT_SIGNED', { body: Buffer.from('a') }, { uri: '/a', body: hash('') }],
    ['METHOD_REWRITTEN BODY_EMPTY_OBJECT', { body: Buffer.from('a') }, { method: 'get', body: hash('{}') }],
    ['FINAL_SLASH_MISSING BODY_HASH_UPPER_CASE', {}, { uri: '/a', body: hash('').toUpperCase() }],
    ['FINAL_SLASH_MISSING PAYLOAD_NOT_DECLARED', {}, { uri: '/a', body: 'UNSIGNED-PAYLOAD' }],
    [
      'QUERY_ENCODED HEADER_BLANKS',
      { target: '/a?b=%2520', headers: [['X-A', 'a  b']] },
      { query: 'b=%20', headers: { 'x-a': 'a b' } },
    ],
  ])('%s', (codes, received, lines) => {
    expect(codesOf(received, lines)).toEqual(codes.split(' '));
  });

  it('the likeliest guesses of each before others, so that the limits leave room for them under four secrets', () => {
    const keys = { [KEY]: ['the newest secret', 'a newer secret', 'an older secret', SECRET] };
    const headers: Received['headers'] = [...HEADERS.slice(0, 2), ['Content-Type', 'application/json']];
    const body = Buffer.from('{"b": 1,"a":"/"}');
    const { cause } = explainMismatch(
      signedAs(
        { method: 'POST', target: '/a/b/c?b=1&c=2', headers, body },
        { headers: { host: 'h.example' }, body: hash('{"b":1,"a":"/"}') },
      ),
      { keys },
    );
    expect(cause?.text).toMatch(/^Two things together\. Host was signed with another port.* The body was written anew/);
  });

  it('unless they are of one kind', () => {
    expect(codesOf({ headers: HEADERS }, { headers: { via: 'a', 'x-a': 'c' } })).toEqual(['none']);
  });

  it('unless one of them is the secret', () => {
    const request = { ...signed({ secret: `${SECRET}\n` }), method: 'HEAD' };
    expect(explainMismatch(request, { keys: { [KEY]: SECRET } }).cause).toBeUndefined();
  });
});

describe('the text says that the limits of an explanation were met', () => {
  const textFor = (secrets: number) => {
    const all: Secrets = Array.from({ length: secrets }, (_, at) => `the secret ${at}`);
    const body = Buffer.from('{"b":1.0,"a":"</\u00e9>"}');
    return explainMismatch(signed({ secret: 'of nobody', body }), { keys: { [KEY]: all } }).text;
  };

  it('where they kept a likely cause from being tried', () => {
    expect(textFor(30)).toMatch(/^No cause found before the limits of an explanation: /);
  });

  it('and not where they kept an unlikely one from being tried', () => {
    expect(textFor(2)).toMatch(/^No cause found\. /);
  });
});
