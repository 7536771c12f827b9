import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REMEDIES } from '../../src/core/refusal-remedies.js';
import { HELP } from '../../src/cli/help.js';
import { apigSign } from '../support/apig-sign.js';
import { built } from '../support/programs.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'apig-sign-'));
const SECRET_FILE = join(FOLDER, 'secret.txt');
const MARKED_FILE = join(FOLDER, 'marked.txt');
const UTF16_FILE = join(FOLDER, 'utf16.txt');
const SECRET = "the file's secret \\ é";
const URL = 'http://a.example:80/';
const APIG_SECRET = 'known to few';
const ENV = { APIG_SECRET };

beforeAll(() => {
  writeFileSync(SECRET_FILE, `${SECRET}\n`);
  writeFileSync(MARKED_FILE, `\ufeff${SECRET}`);
  writeFileSync(UTF16_FILE, `\ufeff${SECRET}`, 'utf16le');
});
afterAll(() => rmSync(FOLDER, { recursive: true }));

it('each build leaves the command executable, so that an earlier link to it still works', () => {
  expect(statSync(built('dist/esm/cli.js')).mode & 0o111).toBe(0o111);
});

describe('a mistyped command', () => {
  const key = ['--key', 'k'];
  const header = "-H 'Name: value', or -H 'Name;' for an empty one";
  const url = 'http://host[:port]/path?query';

  it.each<[line: string, args: string[], env?: Record<string, string>]>([
    ['Expected one URL, not 0: apig-sign [FLAGS] URL', key],
    ['Expected one URL, not 2: apig-sign [FLAGS] URL', [...key, URL, URL]],
    [`URL: expected ${url}`, [...key, 'ftp://a.example/']],
    [`URL: expected ${url}`, [...key, 'http://a.example:port/']],
    [`URL: expected ${url}`, [...key, '']],
    [`URL: name and password have no place beside a signature: ${url}`, [...key, 'http://me:word@a.example/']],
    [`URL: nothing from # on would be sent; a # in a value is %23: ${url}`, [...key, `${URL}?a=#1`]],
    ['There is no flag --data-urlencoded: did you mean --data-urlencode?', [...key, '--data-urlencoded', 'a', URL]],
    ['There is no flag --heder: did you mean --header?', [...key, '--heder', 'a', URL]],
    ['There is no command explian: did you mean explain?', ['explian', 'request.txt']],
    ['There is no command gateways: did you mean gateway?', ['gateways']],
    ['There is no flag -u: see apig-sign --help', ['-u', 'me:word', URL]],
    ['--key needs a value: --key NAME', [URL, '--key']],
    ["-H needs a value: -H 'Name: value'", [...key, URL, '-H']],
    ['--json takes no value: --json', [...key, '--json=yes', URL]],
    ['--key is given twice: --key NAME', [...key, ...key, URL]],
    [`-H: "Name" is not a header: ${header}`, [...key, '-H', 'Name', URL]],
    [`-H: "Na me: a" is not a header: ${header}`, [...key, '-H', 'Na me: a', URL]],
    [`-H: "Name; a" is not a header: ${header}`, [...key, '-H', 'Name; a', URL]],
    [`-H: "\\u001b[2J\\n" is not a header: ${header}`, [...key, '-H', '\x1b[2J\n', URL]],
    ['headers: a line break in a value', [...key, '-H', 'A: a\nB: b', URL]],
    ['headers: x-a appears 2 times; a signed header must appear once', [...key, '-H', 'X-A: a', '-H', 'x-a: b', URL]],
    [
      'headers: x-b is to be signed, but the request does not have it',
      [...key, '--signed-headers', 'x-b;x-sdk-date', URL],
    ],
    [
      `--signed-headers: every server refuses a signature without x-sdk-date: add it to the list`,
      [...key, '--signed-headers', 'host', URL],
    ],
    [
      "--signed-headers: host is named twice: --signed-headers 'host;x-sdk-date'",
      [...key, '--signed-headers', 'host;Host', URL],
    ],
    [
      '-H Authorization: the signature is sent in this header: leave yours out',
      [...key, '-H', 'authorization: Basic a', URL],
    ],
    ['-H Authorization: the signature is sent in this header: leave yours out', [...key, '-H', 'Authorization:', URL]],
    [
      `Every server refuses this request (DATE_MALFORMED): look at ${REMEDIES.DATE_MALFORMED}`,
      [...key, '-H', 'X-Sdk-Date: today', URL],
    ],
    [
      `Every server refuses this request (BODY_HASH_MISMATCH): look at ${REMEDIES.BODY_HASH_MISMATCH}`,
      [...key, '-H', 'X-Sdk-Content-Sha256: abc', URL],
    ],
    [
      `Every server refuses this request (TARGET_AMBIGUOUS): look at ${REMEDIES.TARGET_AMBIGUOUS}`,
      [...key, `${URL}%61`],
    ],
    [
      `Every server refuses this request (TARGET_AMBIGUOUS): look at ${REMEDIES.TARGET_AMBIGUOUS}`,
      [...key, `${URL}?=a`],
    ],
    [
      `Every server refuses this request (HEADER_NOT_SIGNED): look at ${REMEDIES.HEADER_NOT_SIGNED}`,
      [...key, '--signed-headers', 'x-sdk-date', '-H', 'Content-Type: text/plain; charset=utf-16', '-d', 'a', URL],
    ],
    ["-b: a file of cookies is not read here: -b 'name=value'", [...key, '-b', 'cookies.txt', URL]],
    ['--shell: "fish" is not known: --shell posix|powershell|cmd', [...key, '--shell', 'fish', URL]],
    [
      '--shell cmd: only printable ASCII can be typed there: put a body into a file, and give --data-binary @FILE',
      [...key, '--shell', 'cmd', '-d', 'é', URL],
    ],
    [
      '--shell cmd: the command is too long: put the body into a file, and give --data-binary @FILE',
      [...key, '--shell', 'cmd', '-d', 'a'.repeat(9000), URL],
    ],
    [
      `--path-prefix: "/api/" is not valid: expected /api, with letters, digits, - . _ ~ and no / at its end`,
      [...key, '--path-prefix', '/api/', URL],
    ],
    [
      '--secret-file FILE begins with a byte order mark: save it as UTF-8 without one',
      [...key, '--secret-file', MARKED_FILE, URL],
    ],
    ['--secret-file FILE is not UTF-8 text: save it as UTF-8', [...key, '--secret-file', UTF16_FILE, URL]],
    ['target: bad percent escape in the path', [...key, `${URL}%zz`]],
    ['-X: "A B" is not a method: -X METHOD', [...key, '-X', 'A B', URL]],
    ['method: curl sends no HEAD request with a body', [...key, '-X', 'HEAD', '-d', 'a', URL]],
    ['--date: "now" is not a date: --date 20260115T093045Z', [...key, '--date', 'now', URL]],
    [
      '--date and a header X-Sdk-Date contradict each other: give one of them',
      [...key, '--date', '20260115T093045Z', '-H', 'X-Sdk-Date: 20260115T093045Z', URL],
    ],
    [
      "--data @FILE cannot be read: ENOENT: no such file or directory, open '/no/file'",
      [...key, '-d', '@/no/file', URL],
    ],
    [
      'APIG_SIGNATURE_KEYS and APIG_SIGNATURE_KEYS_FILE contradict each other: set one of them',
      [URL],
      { APIG_SIGNATURE_KEYS: `{"k":"${APIG_SECRET}"}`, APIG_SIGNATURE_KEYS_FILE: '/no/file' },
    ],
    ['APIG_SIGNATURE_KEYS_FILE cannot be read: ENOENT', [URL], { APIG_SIGNATURE_KEYS_FILE: '/no/file' }],
    ['--secret-file FILE cannot be read: ENOENT', [...key, '--secret-file', '/no/file', URL]],
    ['--key is missing: --key NAME, the name of the signing key', [URL]],
    ['key: expected 1 to 128 printable ASCII characters, no comma', ['--key', 'a,b', URL]],
    ['The secret is empty: look at --secret, --secret-file and APIG_SECRET', [...key, URL], { APIG_SECRET: '' }],
    [
      '--secret and --secret-file contradict each other: give one of them',
      [...key, '--secret', APIG_SECRET, '--secret-file', SECRET_FILE, URL],
    ],
    [
      `No secret for this key: set APIG_SECRET, or APIG_SIGNATURE_KEYS='{"NAME":"..."}', or give --secret-file FILE`,
      [...key, URL],
      {},
    ],
    [
      `No secret for this key: set APIG_SECRET, or APIG_SIGNATURE_KEYS='{"NAME":"..."}', or give --secret-file FILE`,
      ['--key', 'constructor', URL],
      { APIG_SIGNATURE_KEYS: `{"other":"${APIG_SECRET}"}` },
    ],
    [
      '--key is missing: --key NAME, for APIG_SIGNATURE_KEYS holds 2 keys',
      [URL],
      { APIG_SIGNATURE_KEYS: `{"a":"${APIG_SECRET}","b":"1"}` },
    ],
    [
      'APIG_SIGNATURE_KEYS: expected a JSON object, such as {"key":"secret"}; this is not valid JSON',
      [URL],
      { APIG_SIGNATURE_KEYS: `{"a":"${APIG_SECRET}'` },
    ],
    ['Expected one file at most: apig-sign explain [FLAGS] [FILE]', ['explain', ...key, 'a.txt', 'b.txt']],
    ["FILE cannot be read: ENOENT: no such file or directory, open '/no/file'", ['explain', ...key, '/no/file']],
    ['There is no flag --jsno: did you mean --json?', ['explain', '--jsno']],
    [
      'standard input is none of these: HTTP text (GET /path HTTP/1.1, headers, an empty line, body), a canonical request (GET|/path/|...), what curl -v writes, a HAR file, access log lines with "$http_authorization" in them',
      ['explain', ...key],
    ],
  ])('is answered with %s', async (line, args, env = ENV) => {
    const said = await apigSign(args, { env });
    expect(said).toEqual({ status: 2, out: '', error: `apig-sign: ${line}\n` });
    expect(said.error).not.toContain(APIG_SECRET);
  });
});

describe('--help and --version', () => {
  it.each<[command: keyof typeof HELP, args: string[]]>([
    ['sign', ['--nonsense', '--help']],
    ['gateway', ['gateway', '--to', '--help']],
    ['explain', ['explain', '-h']],
  ])('print the help of %s, whatever else is typed', async (command, args) => {
    expect(await apigSign(args)).toEqual({ status: 0, out: HELP[command], error: '' });
  });

  it('print the version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await apigSign(['--version'])).toEqual({ status: 0, out: `${version}\n`, error: '' });
  });
});
