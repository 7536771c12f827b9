import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { explain } from '../../src/cli/explain/explain.command.js';
import { UsageError } from '../../src/cli/usage-error.js';
import { EMPTY_HASH, sha256Hex } from '../../src/core/scheme/signature.js';
import { forward, KEYS, SECRET, type RequestToForward } from '../support/gateway.js';
import { toBytes, type RequestToSend } from '../support/http-client.js';

const folder = mkdtempSync(join(tmpdir(), 'explain-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Explains what a file has in it. */
function explained(text: string | Uint8Array, ...flags: string[]) {
  const file = join(folder, 'input');
  writeFileSync(file, text);
  return explain([...flags, file], { APIG_SIGNATURE_KEYS: JSON.stringify(KEYS) });
}

const asJson = (text: string | Uint8Array, ...flags: string[]) =>
  JSON.parse(explained(text, '--json', ...flags).text) as unknown;
const valueOf = ({ headers }: RequestToSend, name: string) => headers.find(([each]) => each === name)![1];
const right = forward({ target: '/a?b=c' });
const stripped = { ...forward({ target: '/api/users?b=c' }), target: '/users?b=c' };
const posted: RequestToForward = { method: 'POST', headers: [['Content-Type', 'application/json']], body: '{"a":1}' };

describe('a file', () => {
  it('is read like standard input', () => {
    expect(explained(toBytes(right))).toMatchObject({
      matches: true,
      text: expect.stringMatching(/The signature matches\.$/),
    });
  });

  it('refuses two files, and a missing one', () => {
    expect(() => explain(['a', 'b'], {})).toThrow('Expected one file at most: apig-sign explain [FLAGS] [FILE]');
    expect(() => explain([join(folder, 'none')], {})).toThrow(/^FILE cannot be read: ENOENT/);
  });

  it.each(['', 'hello', '{}', '{"log":', '> no request', '"GET / HTTP/1.1" 200'])(
    'is refused with a message if it is %j',
    (text) => expect(() => explained(text)).toThrow(/^FILE is none of these: HTTP text .* access log lines/),
  );

  it.each([
    [3, 'GET / HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n'],
    [5, '\n \r\nGET / HTTP/1.1\nHost: a\nno header\n'],
    [2, '> GET / HTTP/1.1\n> no header\n> Host: a\n>\n'],
    [9, '* one\n> GET /a HTTP/1.1\r\n> Host: a\n>\n< HTTP/1.1 200\n\n> GET /b HTTP/1.1\n* two\n> no header\n>\n'],
  ])('is named with its line %i for a header that is not valid', (line, text) => {
    expect(() => explained(text)).toThrow(new UsageError(`FILE, line ${line}: expected a header, "Name: value"`));
  });
});

describe('--path-prefix', () => {
  it('explains like a server with the option pathPrefix', () => {
    expect(explained(toBytes(stripped)).matches).toBe(false);
    expect(explained(toBytes(stripped), '--path-prefix', '/api').matches).toBe(true);
    const kept = explained(toBytes(forward({ target: '/api/users' })), '--path-prefix', '/api');
    expect(kept.text).toContain('PATH_PREFIX_ADDED: The path was signed as it came');
  });

  it('applies to the comparison with --canonical', () => {
    const { text } = explained(toBytes(stripped), '--path-prefix', '/api');
    const canonical = /canonical request +(.*)/.exec(text)![1]!;
    const flags = ['--path-prefix', '/api', '--canonical', canonical];
    expect(explained(toBytes(stripped), ...flags).text).toContain('They are the same.');
  });

  it('is refused if it is not a prefix, and together with a canonical request', () => {
    expect(() => explained(toBytes(right), '--path-prefix', '/api/')).toThrow('--path-prefix: "/api/" is not valid');
    const canonical = `GET|/a/||host:a|x-sdk-date:20260115T093045Z||host;x-sdk-date|${EMPTY_HASH}`;
    expect(() => explained(canonical, '--path-prefix', '/api')).toThrow(
      '--path-prefix belongs to a whole request: a canonical request has the prefix on it',
    );
  });
});

describe('--json', () => {
  it('gives the explanation of one request', () => {
    expect(asJson(toBytes(stripped))).toMatchObject({
      method: 'GET',
      path: '/users',
      matches: false,
      cause: { code: 'PATH_PREFIX_STRIPPED' },
      signed: expect.stringMatching(/^GET\|\/api\/users\//),
      notes: [],
    });
  });

  it('gives suspects, and the comparison with --canonical', () => {
    const via = forward({ headers: [['Via', '1.1 a']] });
    const changed = {
      ...via,
      headers: via.headers.map(([name, value]) => [name, name === 'Via' ? '2 b' : value] as const),
    };
    const canonical = `GET|/||host:${valueOf(via, 'Host')}|via:1.1 a|x-sdk-date:${valueOf(via, 'X-Sdk-Date')}||host;via;x-sdk-date|e3b0c***52b855`;
    expect(asJson(toBytes(changed), '--canonical', canonical)).toMatchObject({
      suspects: ['via'],
      comparison: {
        relation: expect.stringMatching(/^The secret is right, and --canonical is what was signed/),
        differences: [{ part: 'header via', here: '2 b', there: '1.1 a' }],
      },
    });
  });

  it('gives the Authorization of a canonical request alone', () => {
    const canonical = `GET|/||host:a|x-sdk-date:20260115T093045Z||host;x-sdk-date|${EMPTY_HASH}`;
    expect(asJson(canonical)).toEqual({
      authorizations: [
        expect.stringMatching(/^SDK-HMAC-SHA256 Access=signature_key1, SignedHeaders=host;x-sdk-date, /),
      ],
    });
  });

  it('shows no control character for a terminal', () => {
    const odd = {
      ...right,
      headers: right.headers.map(([name, value]) => [name, name === 'Host' ? '\x9b2J' : value] as const),
    };
    const canonical = `GET|/a/|b=c|host:\x9b1J|x-sdk-date:x||host;x-sdk-date|${EMPTY_HASH}`;
    const { text } = explained(toBytes(odd), '--json', '--canonical', canonical);

    expect(text).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/);
    expect(JSON.parse(text)).toMatchObject({
      comparison: {
        differences: expect.arrayContaining([{ part: 'header host', here: '\x9b2J', there: '\xc2\x9b1J' }]),
      },
    });
  });
});

describe("the gateway's own canonical request", () => {
  const date = valueOf(right, 'X-Sdk-Date');
  const form = (hash: string) =>
    `GET|/a/|b=c|host:${valueOf(right, 'Host')}|x-sdk-date:${date}||host;x-sdk-date|${hash}`;
  const errorBody = (hash: string) =>
    JSON.stringify({
      error_code: 'APIG.0303',
      error_msg: `Incorrect app authentication information: signature verification failed, canonicalRequest:${form(hash)}`,
      request_id: 'ab',
    });

  it.each([
    ['masked', form('e3b0c***52b855')],
    ['in its error body', errorBody('e3b0c***52b855')],
    ['in its error body, whole', errorBody(EMPTY_HASH)],
    ['in its error body, with escaped slashes', errorBody(EMPTY_HASH).replaceAll('/', '\\/')],
    ['in a line of text', `error: canonicalRequest: ${form('e3b0c***52b855')}`],
  ])('is read: %s', (_, text) => {
    const authorization = valueOf(right, 'Authorization');
    expect(explained(text, '--authorization', authorization)).toMatchObject({ matches: true });
    expect(explained(text).text).toContain(`Authorization: ${authorization}`);
    const { text: compared } = explained(toBytes({ ...right, target: '/users' }), '--canonical', text);
    expect(compared).toContain(
      'The secret is right, and --canonical is what was signed: the request was changed since.',
    );
  });

  it('fits the body if its body hash is masked', () => {
    const signed = forward({ ...posted, target: '/api/a' });
    const hash = sha256Hex(Buffer.from('{"a":1}'));
    const canonical = `POST|/api/a/||content-type:application/json|host:${valueOf(signed, 'Host')}|x-sdk-date:${valueOf(signed, 'X-Sdk-Date')}||content-type;host;x-sdk-date|${hash.slice(0, 5)}***${hash.slice(-6)}`;
    const { text } = explained(toBytes({ ...signed, target: '/a' }), '--canonical', canonical);
    expect(text).toContain('The secret is right, and --canonical is what was signed: the request was changed since.');
    expect(text).not.toContain('body hash');
    const other = explained(toBytes({ ...signed, body: Buffer.from('{"a":2}') }), '--canonical', canonical);
    expect(other.text).toContain('The body hash of --canonical is masked, and not that of the body here');
    expect(() => explained(canonical)).toThrow(/^The body hash is masked/);
    const { text: alone } = explained(canonical, '--authorization', valueOf(signed, 'Authorization'));
    expect(alone).toMatch(/^The body hash is masked, and not that of no body/);
  });
});

describe('several requests in one file', () => {
  const trace = (request: RequestToSend, protocol = 'HTTP/1.1') => {
    const lines = [
      `${request.method} ${request.target} ${protocol}`,
      ...request.headers.map(([name, value]) => `${name}: ${value}`),
      '',
    ];
    return [
      '*   Trying 127.0.0.1:80...',
      ...lines.map((line) => `> ${line}`),
      '< HTTP/1.1 401 Unauthorized',
      '< ',
      '{}',
      '',
    ].join('\r\n');
  };

  it('are read from the output of curl -v', () => {
    const { text, matches } = explained(`${trace(right)}${trace(stripped, 'HTTP/2')}`);
    expect(matches).toBe(false);
    expect(text.split('\n\n').map((part) => [part.split('\n')[0], part.split('\n').at(-1)])).toEqual([
      ['GET /a', 'The signature matches.'],
      ['GET /users', expect.stringMatching(/^PATH_PREFIX_STRIPPED: /)],
    ]);
  });

  it('are marked as unknown where a trace has no body', () => {
    const headers = [...posted.headers!, ['Content-Length', '7']] as const;
    const signed = forward({ ...posted, headers }, { signedHeaders: ['host', 'x-sdk-date'] });
    expect(asJson(trace(signed))).toMatchObject([
      {
        matches: false,
        notes: [expect.stringMatching(/^The body is not in this text/)],
        text: expect.stringMatching(/or the body/),
      },
    ]);
  });

  const harEntry = ({ method, target, headers }: RequestToSend, text?: string) => ({
    request: {
      method,
      url: `https://backend.example.com${target}#here`,
      headers: headers
        .filter(([name]) => name !== 'Host')
        .map(([name, value]) => ({ name: name.toLowerCase(), value }))
        .concat([{ name: ':authority', value: valueOf({ method, target, headers }, 'Host') }]),
      ...(text === undefined ? {} : { postData: { text } }),
    },
  });
  const har = (...entries: unknown[]) => `\ufeff${JSON.stringify({ log: { version: '1.2', entries } })}`;

  it('are read from a HAR file if they are signed', () => {
    const unsigned = { request: { method: 'GET', url: 'https://a.example/', headers: [] } };
    const body = forward(posted);
    const entries = [harEntry(right), unsigned, {}, null, harEntry(body, '{"a":1}'), harEntry(body, '{"a": 1}')];
    expect(asJson(har(...entries))).toMatchObject([
      { path: '/a', matches: true },
      { path: '/', matches: true },
      { path: '/', matches: false, cause: { code: 'BODY_REWRITTEN' } },
    ]);
  });

  it('are refused if none is signed, and explained up to a hundred', () => {
    expect(() => explained(har({}))).toThrow('No request in this HAR file has an Authorization header');
    const { text, matches } = explained(har(...Array.from({ length: 102 }, () => harEntry(right))));
    expect(matches).toBe(false);
    expect(text.endsWith('\n\n2 more requests were left out.')).toBe(true);
  });

  const logLine = ({ method, target, headers }: RequestToSend, ...names: string[]) =>
    `192.0.2.1 - - [15/Jan/2026:09:30:45 +0000] "${method} ${target} HTTP/1.1" 401 77 "-" "curl/8.5.0" "192.0.2.9" ` +
    names.map((name) => `"${headers.find(([each]) => each === name)![1]}"`).join(' ');

  it('are read from an access log that has the needed fields', () => {
    const names = ['Authorization', 'X-Sdk-Date', 'Host'];
    const other = '192.0.2.1 - - [15/Jan/2026:09:30:45 +0000] "GET / HTTP/1.1" 200 1 "-" "curl/8.5.0"';
    const text = [logLine(right, ...names), other, logLine(stripped, ...names.toReversed())].join('\n');
    expect(asJson(text)).toMatchObject([{ matches: true }, { cause: { code: 'PATH_PREFIX_STRIPPED' } }]);
  });

  it('are refused with the fields that an access log lacks', () => {
    const line = logLine(right, 'Authorization', 'X-Sdk-Date');
    expect(explained(line).text).toContain('Host is taken to be "192.0.2.9".');
    const { text } = explained(line.replace('"192.0.2.9"', '"-"'));
    expect(text).toContain('This line lacks signed headers: add "$http_host" to log_format.');
    expect(text).toContain('SIGNED_HEADER_MISSING');
  });
});

it('never shows the secret', () => {
  const told = forward({ headers: [['X-A', `of ${SECRET}`]] });
  for (const text of [toBytes(stripped), toBytes({ ...told, target: '/users' })]) {
    for (const flags of [[], ['--json']]) expect(explained(text, ...flags).text).not.toContain(SECRET);
  }
});

it('ends with a message, whatever the file contains', () => {
  const pieces = fc.constantFrom(
    ...[
      'GET ',
      '/a?b=%zz',
      ' HTTP/1.1',
      '\r\n',
      '\n',
      '> ',
      '< ',
      ':',
      '"',
      '|',
      '{',
      '}',
      '\0',
      '\x9b',
      '\ufeff',
      '***',
    ],
    ...[
      'Host: a',
      'Authorization: ',
      'SDK-HMAC-SHA256 Access=signature_key1, SignedHeaders=host;x-sdk-date, Signature=ab',
    ],
    ...[
      'X-Sdk-Date: 20260115T093045Z',
      'Content-Length: 9e9',
      'Transfer-Encoding: chunked',
      'ffffffff',
      '{"log":{"entries":[',
    ],
  );
  const har = fc.json().map((json) => `{"log":{"entries":[{"request":${json}},{"request":{"headers":[${json}]}}]}}`);
  const input = fc.oneof(
    fc.array(pieces).map((parts) => parts.join('')),
    har,
    fc.uint8Array(),
  );
  const property = fc.property(
    input,
    fc.subarray(['--json', '--authorization=a', '--canonical=GET|/||a:b||a|*']),
    (text, flags) => {
      try {
        expect(typeof explained(text, ...flags).text).toBe('string');
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
});
