import { describe, expect, it } from 'vitest';
import { explainMismatch, sha256Hex, type CauseCode, type ExplainOptions } from '../../../src/core/index.js';
import { KEY, SECRET } from '../../support/signed-request.js';
import { explainedKind, signedAs, type CanonicalLines, type Received } from '../../support/mis-signed.js';

type Row = readonly [
  kind: string,
  received: Received,
  signed: Partial<CanonicalLines>,
  options?: Partial<ExplainOptions>,
];

const JSON_BODY = '{"b":{"z":"caf\u00e9","y":"http://a/?b=1&c=<d>\'+`"},"a":[1,2.50,null,{},[]],"m":null}';
const value: unknown = JSON.parse(JSON_BODY);
const compact = JSON.stringify(value);
const ascii = (text: string) =>
  text.replace(/[^\0-\x7f]/g, (unit) => '\\u' + unit.charCodeAt(0).toString(16).padStart(4, '0'));
const inCapitals = (text: string) => text.replace(/\\u..../g, (escape) => '\\u' + escape.slice(2).toUpperCase());
const slashes = (text: string) => text.replaceAll('/', '\\/');
const html = (text: string) =>
  text.replace(/[<>&]/g, (unit) => '\\u00' + unit.charCodeAt(0).toString(16).padStart(2, '0'));
const dotnet = (text: string) =>
  inCapitals(ascii(text.replace(/[<>&'+`]/g, (unit) => '\\u00' + unit.charCodeAt(0).toString(16).padStart(2, '0'))));
const python = '{"b": {"z": "caf\u00e9", "y": "http://a/?b=1&c=<d>\'+`"}, "a": [1, 2.50, null, {}, []], "m": null}';
const sortedKeys = '{"a":[1,2.50,null,{},[]],"b":{"y":"http://a/?b=1&c=<d>\'+`","z":"caf\u00e9"},"m":null}';
const indented = (indent: string | number) => JSON.stringify(value, null, indent);
const jackson =
  '{\n  "b" : {\n    "z" : "caf\u00e9",\n    "y" : "http://a/?b=1&c=<d>\'+`"\n  },\n' +
  '  "a" : [ 1, 2.50, null, { }, [ ] ],\n  "m" : null\n}';

const hash = (text: string) => sha256Hex(new TextEncoder().encode(text));
const post = (text: string, headers: Received['headers'] = []): Received => ({
  method: 'POST',
  target: '/a',
  headers,
  body: Buffer.from(text),
});
const respelled = (name: string, sent: string, signed: string): Row => [name, post(sent), { body: hash(signed) }];
const typed = (received: string, signed: string): Row => [
  `"${signed}" signed, "${received}" received`,
  post('{}', [['Content-Type', received]]),
  { headers: { 'content-type': signed } },
];
const header = (name: string, received: string, signed: string): Row => [
  `${name} was "${signed}"`,
  { headers: [[name, received]] },
  { headers: { [name.toLowerCase()]: signed } },
];
const path = (received: string, uri: string, options: Partial<ExplainOptions> = {}): Row => [
  `${uri} for ${received}`,
  { target: received },
  { uri },
  options,
];
const query = (received: string, signed: string): Row => [
  signed || '(none)',
  { target: `/q?${received}` },
  { query: signed },
];

const KINDS: Partial<Record<CauseCode, readonly Row[]>> = {
  CONTENT_TYPE_REWRITTEN: [
    ...[
      '; charset=utf-8',
      ';charset=utf-8',
      '; charset=UTF-8',
      ';charset=UTF-8',
      '; charset="utf-8"',
      '; charset=utf8',
    ].flatMap((charset) => [
      typed(`application/json${charset}`, 'application/json'),
      typed('application/json', `application/json${charset}`),
      typed('text/plain; charset=iso-8859-1', `text/plain${charset}`),
    ]),
    typed('application/json; charset=utf-8', 'Application/JSON; charset=utf-8'),
    typed('Application/JSON', 'application/json'),
    typed('application/json;charset=UTF-8', 'application/json; charset=utf-8'),
    typed('application/json ; charset=utf-8', 'application/json;charset=utf-8'),
    typed('multipart/form-data; boundary="x"', 'multipart/form-data; boundary=x'),
    typed('multipart/form-data; boundary=x', 'multipart/form-data; boundary="x"'),
    typed('text/plain; format=flowed; charset=utf-8', 'text/plain; charset=utf-8; format=flowed'),
    typed('text/plain; format=flowed; charset=utf-8', 'text/plain; format=flowed'),
    typed('multipart/form-data; boundary=x', 'multipart/form-data; charset=utf-8; boundary=x'),
    typed('text/plain', 'application/json'),
  ],
  HEADER_APPENDED: [
    header('X-Forwarded-For', '192.0.2.1, 198.51.100.7', '192.0.2.1'),
    header('X-Forwarded-For', '192.0.2.1,198.51.100.7', '192.0.2.1'),
    header('X-Forwarded-For', '192.0.2.1, 192.0.2.2, 192.0.2.3', '192.0.2.1'),
    header('Via', '1.1 a, 1.1 varnish (Varnish/7.1)', '1.1 a'),
    header('User-Agent', 'okhttp/4 proxy/1', 'okhttp/4'),
    header('User-Agent', 'Mozilla/5.0 (X11; Linux) a/1 b/2', 'Mozilla/5.0 (X11; Linux) a/1'),
    header('Forwarded', 'for=192.0.2.1;by=a', 'for=192.0.2.1'),
    header('X-A', 'mine, theirs', 'mine'),
    header('X-Forwarded-For', '10.0.0.1, 192.0.2.1', '192.0.2.1'),
  ],
  HEADER_BLANKS: [header('X-A', 'a   b', 'a b'), header('X-A', 'a \t b  c', 'a b c')],
  METHOD_REWRITTEN: [
    ['in small letters', { method: 'PUT' }, { method: 'put' }],
    ['HEAD became GET', { method: 'GET' }, { method: 'HEAD' }],
    ['GET became HEAD', { method: 'HEAD' }, { method: 'GET' }],
    ['POST became GET', { method: 'GET' }, { method: 'POST' }],
  ],
  FINAL_SLASH_MISSING: [path('/a', '/a'), path('/a/b%20c', '/a/b%20c'), path('/a/?', '/a')],
  BODY_HASH_UPPER_CASE: [
    ['of a body', post('{}'), { body: hash('{}').toUpperCase() }],
    ['of no body', {}, { body: hash('').toUpperCase() }],
  ],
  PAYLOAD_NOT_DECLARED: [
    ['as it is', post('{}'), { body: 'UNSIGNED-PAYLOAD' }],
    ['hashed', post('{}'), { body: hash('UNSIGNED-PAYLOAD') }],
  ],
  BODY_REWRITTEN: [
    respelled('compact', indented(2), compact),
    respelled('numbers as they came', python, python.replaceAll(', ', ',').replaceAll(': ', ':')),
    respelled('numbers as JavaScript writes them', JSON_BODY, compact),
    respelled('\\u escapes', JSON_BODY, ascii(JSON_BODY)),
    respelled('\\u escapes in capitals', JSON_BODY, inCapitals(ascii(JSON_BODY))),
    respelled('no \\u escapes', ascii(JSON_BODY), JSON_BODY),
    respelled('escaped slashes', JSON_BODY, slashes(JSON_BODY)),
    respelled('escaped slashes and \\u escapes, as PHP', JSON_BODY, slashes(ascii(JSON_BODY))),
    respelled('no escaped slashes', slashes(JSON_BODY), JSON_BODY),
    respelled('< > &, as Go', JSON_BODY, html(JSON_BODY)),
    respelled('< > & and others', JSON_BODY, ascii(html(JSON_BODY))),
    respelled('< > & in capitals', JSON_BODY, inCapitals(html(JSON_BODY))),
    respelled('as .NET', JSON_BODY, dotnet(JSON_BODY)),
    respelled('Python', JSON_BODY, ascii(python)),
    respelled('Python, UTF-8', JSON_BODY, python),
    ...[1, 2, 4, '\t'].map((indent) => respelled(`indent ${JSON.stringify(indent)}`, compact, indented(indent))),
    respelled('Jackson', JSON_BODY, jackson),
    respelled('sorted keys', JSON_BODY, sortedKeys),
    respelled('sorted keys, \\u escapes', JSON_BODY, ascii(sortedKeys)),
    respelled('sorted keys, indented', '{"b":1,"a":"/"}', '{\n    "a": "/",\n    "b": 1\n}'),
    respelled('without nulls', '{"a":1,"b":null}', '{"a":1}'),
    respelled('a final line break', JSON_BODY, `${JSON_BODY}\n`),
    respelled('a final CRLF', JSON_BODY, `${JSON_BODY}\r\n`),
    respelled('no final line break', `${python}\n`, python),
    respelled('no final CRLF', `${python}\r\n`, python),
    respelled('CRLF', indented(2), indented(2).replaceAll('\n', '\r\n')),
    respelled('LF', indented(2).replaceAll('\n', '\r\n'), indented(2)),
    respelled('a byte order mark', JSON_BODY, `\ufeff${JSON_BODY}`),
    respelled('no byte order mark', `\ufeff${JSON_BODY}`, JSON_BODY),
    respelled('CRLF, indented', compact, indented(2).replaceAll('\n', '\r\n')),
    respelled('escaped slashes, indented by four, as PHP', compact, slashes(indented(4))),
    respelled('\\u escapes and a final line break', JSON_BODY, `${ascii(JSON_BODY)}\n`),
    respelled('indented by a tab, and a final line break', compact, `${indented('\t')}\n`),
    respelled('" : "', JSON_BODY, python.replaceAll(': ', ' : ')),
    respelled('a byte order mark and a final line break', JSON_BODY, `\ufeff${JSON_BODY}\n`),
    respelled('a byte order mark and CRLF', indented(2), `\ufeff${indented(2).replaceAll('\n', '\r\n')}`),
    respelled('sorted keys, < > & and a final line break, as Go', JSON_BODY, `${html(sortedKeys)}\n`),
    respelled(
      'sorted keys, \\u escapes, indented by four, as Python',
      JSON_BODY,
      ascii(JSON.stringify(JSON.parse(sortedKeys.replace('2.50', '2.5')), null, 4)).replace('2.5', '2.50'),
    ),
    respelled('\\u escapes, indented by four, CRLF', compact, ascii(indented(4)).replaceAll('\n', '\r\n')),
    respelled('a final line break of a text', 'plain text', 'plain text\n'),
    respelled('CRLF of a text', 'a\nb\n', 'a\r\nb\r\n'),
    respelled('a form', '{"a":"1 2","b":3}', 'a=1+2&b=3'),
    respelled('a form, percent-encoded', '{"b":"1 2","a":3}', 'b=1%202&a=3'),
    respelled('JSON', 'a=x+y&b=3', '{"a":"x y","b":"3"}'),
    respelled('JSON with numbers', 'a=x+y&b=3', '{"a":"x y","b":3}'),
  ],
  QUERY_UNSORTED: [
    query('a=1&a=2&a=10', 'a=1&a=2&a=10'),
    query('10=a&9=b&1=c', '1=c&9=b&10=a'),
    query('b=1&a=10&a=9', 'a=9&a=10&b=1'),
    query('b=1&B=2&a=3', 'a=3&b=1&B=2'),
    query('a-b=1&a=2', 'a-b=1&a=2'),
    query('b=x%20y&a', 'a&b=x%20y'),
    query('b=x%20y&a=1', 'a=1&b=x+y'),
    query('b=%C3%A9&a=1', 'a=1&b=%c3%a9'),
    query('b=*&a=1', 'a=1&b=*'),
  ],
  TARGET_REWRITTEN: [
    query('a=1&added=2', 'a=1'),
    query('a=1', ''),
    path('/a//b', '/a/b/'),
    path('/a/./c/../b', '/a/b/'),
    path('/internal/users', '/api/users/'),
  ],
  PATH_PREFIX_STRIPPED: [
    path('/users', '/a/b/c/d/e/users/', { pathPrefixes: ['/a/b/c/d/e'] }),
    path('/users', '/a/b/users/', { pathPrefixes: ['a/b/c/'] }),
    [
      'X-Forwarded-Prefix',
      { headers: [['X-Forwarded-Prefix', '/a/b/c/d']], signedHeaders: [] },
      { uri: '/a/b/c/d/u/' },
    ],
    [
      'X-Forwarded-Prefix twice',
      { headers: [['X-Forwarded-Prefix', '/a, /b']], signedHeaders: [] },
      { uri: '/a/b/u/' },
    ],
  ],
  PATH_PREFIX_ADDED: [path('/a/b/c/d/e/users', '/users/', { pathPrefixes: ['/a/b/c/d/e'] })],
  HOST_REPLACED: [
    ['small letters', { headers: [['Host', 'API.example.com']] }, { headers: { host: 'api.example.com' } }],
  ],
};

const rows = Object.entries(KINDS).flatMap(([code, of]) => of.map(([kind, ...row]) => ({ code, kind, row })));

describe('explainMismatch proves', () => {
  it.each(rows)('$code: $kind', ({ code, row: [received, signed, options] }) => {
    const request = signedAs({ target: '/u', ...received }, signed);
    expect(explainedKind(request, options)).toBe(code);
  });
});

const PREFIX = { uri: '/api/a/' };
const HOST = { headers: { host: 'api.example.com' } };
const TYPE = { headers: { 'content-type': 'application/json' } };
const BODY = { body: hash('{"a": "/"}') };
const received = post('{"a":"/"}', [
  ['Host', 'api.example.com:8080'],
  ['Content-Type', 'application/json; charset=utf-8'],
]);

describe('explainMismatch proves two causes at once', () => {
  it.each<[string, Partial<CanonicalLines>, RegExp]>([
    ['a prefix and Host', { ...PREFIX, ...HOST }, /A prefix was taken off.* Host was signed with another port/],
    ['a prefix and a charset', { ...PREFIX, ...TYPE }, /A prefix was taken off.* Content-Type was written/],
    ['a body and Host', { ...BODY, ...HOST }, /Host was signed with another port.* The body was written anew/],
    ['a body and a prefix', { ...BODY, ...PREFIX }, /A prefix was taken off.* The body was written anew/],
    ['a body and a charset', { ...BODY, ...TYPE }, /Content-Type was written.* The body was written anew/],
    ['Host and a charset', { headers: { ...HOST.headers, ...TYPE.headers } }, /Host was signed.* Content-Type was/],
    ['a prefix and no final slash', { uri: '/api/a' }, /A prefix was taken off.* left out the slash/],
    ['small letters and no final slash', { method: 'post', uri: '/a' }, /left out the slash.* method/],
  ])('%s', (_, signed, said) => {
    const { cause } = explainMismatch(signedAs(received, signed), { keys: { [KEY]: SECRET } });
    expect(cause?.text).toMatch(/^Two things together\. /);
    expect(cause?.text).toMatch(said);
  });

  const PREFIXES = ['/api', '/v1', '/v2', '/v3', '/api/v1', '/api/v2', '/api/v3', '/rest', '/service', '/backend'];
  const CHARSETS = ['; charset=utf-8', ';charset=utf-8', '; charset=UTF-8', ';charset=UTF-8', '; charset=utf8'];
  it.each(PREFIXES)('the usual prefix %s with each usual port, charset and spelling of a body', (prefix) => {
    const base = { uri: `${prefix}/a/` };
    const others: Partial<CanonicalLines>[] = [
      ...['80', '443', '8443'].map((port) => ({ headers: { host: `api.example.com:${port}` } })),
      ...CHARSETS.map((charset) => ({ headers: { 'content-type': `application/json${charset}` } })),
      ...['{"a": "/"}', '{\n  "a": "/"\n}', '{\n    "a": "/"\n}', '{"a":"\\/"}', '{"a":"/"}\n'].map((text) => ({
        body: hash(text),
      })),
    ];
    for (const other of others) {
      const plain = post('{"a":"/"}', [
        ['Host', 'api.example.com'],
        ['Content-Type', 'application/json'],
      ]);
      expect([other, explainedKind(signedAs(plain, { ...base, ...other }))]).toEqual([other, 'PATH_PREFIX_STRIPPED']);
    }
  });

  it('does not search for three causes at once', () => {
    const all = { ...PREFIX, ...BODY, headers: { ...HOST.headers, ...TYPE.headers } };
    expect(explainedKind(signedAs(received, all))).toBeUndefined();
  });
});

describe('explainMismatch, from a parsed body and the hash of its bytes', () => {
  it.each([
    ['compact', compact],
    ['\\u escapes', ascii(compact)],
    ['\\u escapes in capitals', inCapitals(ascii(compact))],
    ['escaped slashes and \\u escapes, as PHP', slashes(ascii(compact))],
    ['as Go', html(compact)],
    ['as .NET', dotnet(compact)],
    ['Python', ascii(python.replace('2.50', '2.5'))],
    ['indented', indented(2)],
    ['indented by a tab', indented('\t')],
    ['Jackson', jackson.replace('2.50', '2.5')],
    ['sorted keys', sortedKeys.replace('2.50', '2.5')],
    ['a final line break', `${compact}\n`],
    ['CRLF', indented(2).replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${compact}`],
    ['escaped slashes, indented by four, as PHP', slashes(indented(4))],
  ])('proves BODY_REWRITTEN: %s', (_, text) => {
    const { body, ...others } = signedAs(post(`\t${JSON_BODY} `), { body: hash(text) });
    const [bodyHash, parsedBody] = [sha256Hex(body!), JSON.parse(String(body)) as unknown];
    const request = { ...others, bodyHash, parsedBody };
    expect(explainMismatch(request, { keys: { [KEY]: SECRET } }).cause?.code).toBe('BODY_REWRITTEN');
    expect(explainMismatch({ ...others, bodyHash }, { keys: { [KEY]: SECRET } })).not.toHaveProperty('cause');
  });
});
