import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELP } from '../../src/cli/help.js';
import { apigSign } from '../support/apig-sign.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'apig-sign-'));
const SECRET_FILE = join(FOLDER, 'secret.txt');
const URL = 'http://a.example:80/';
const APIG_SECRET = 'known to few';
const ENV = { APIG_SECRET };

beforeAll(() => writeFileSync(SECRET_FILE, 'another secret\n'));
afterAll(() => rmSync(FOLDER, { recursive: true }));

describe('a command that was typed wrongly', () => {
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
    ['There is no flag --data-urlencode: see apig-sign --help', [...key, '--data-urlencode', 'a', URL]],
    ['There is no flag -u: see apig-sign --help', ['-u', 'me:word', URL]],
    ['--key needs a value: --key NAME', [URL, '--key']],
    ["-H needs a value: -H 'Name: value'", [...key, URL, '-H']],
    ['--json takes no value: --json', [...key, '--json=yes', URL]],
    ['--key is given twice: --key NAME', [...key, ...key, URL]],
    [`-H: "Name" is no header: ${header}`, [...key, '-H', 'Name', URL]],
    [`-H: "Na me: a" is no header: ${header}`, [...key, '-H', 'Na me: a', URL]],
    [`-H: "Name; a" is no header: ${header}`, [...key, '-H', 'Name; a', URL]],
    [`-H: "\\u001b[2J\\n" is no header: ${header}`, [...key, '-H', '\x1b[2J\n', URL]],
    ['headers: a line break in a value', [...key, '-H', 'A: a\nB: b', URL]],
    ['headers: x-a is to be signed, and stands there 2 times', [...key, '-H', 'X-A: a', '-H', 'x-a: b', URL]],
    ['headers: x-b is to be signed, and stands there 0 times', [...key, '--signed-headers', 'x-b', URL]],
    ['target: bad percent escape in the path', [...key, `${URL}%zz`]],
    ['-X: "A B" is no method: -X METHOD', [...key, '-X', 'A B', URL]],
    ['method: curl sends no HEAD request with a body', [...key, '-X', 'HEAD', '-d', 'a', URL]],
    ['--date: "now" is no date: --date 20260115T093045Z', [...key, '--date', 'now', URL]],
    [
      '--date and a header X-Sdk-Date contradict each other: give one of them',
      [...key, '--date', '20260115T093045Z', '-H', 'X-Sdk-Date: 20260115T093045Z', URL],
    ],
    [
      "--data @FILE cannot be read: ENOENT: no such file or directory, open '/no/file'",
      [...key, '-d', '@/no/file', URL],
    ],
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
      'APIG_SIGNATURE_KEYS: expected a JSON object, such as {"key":"secret"}; this is no JSON',
      [URL],
      { APIG_SIGNATURE_KEYS: `{"a":"${APIG_SECRET}'` },
    ],
    ['Expected no words besides flags: apig-sign explain < REQUEST', ['explain', ...key, 'request.txt']],
    ['There is no flag --json: see apig-sign --help', ['explain', '--json']],
    [
      'standard input is neither HTTP text (GET /path HTTP/1.1, headers, an empty line, body) nor a canonical request (GET|/path/|...)',
      ['explain', ...key],
    ],
  ])('is answered with %s', async (line, args, env = ENV) => {
    const said = await apigSign(args, { env });
    expect(said).toEqual({ status: 2, out: '', error: `apig-sign: ${line}\n` });
    expect(said.error).not.toContain(APIG_SECRET);
  });
});

describe('--help and --version', () => {
  it('are printed, whatever else was typed', async () => {
    expect(await apigSign(['--nonsense', '--help'])).toEqual({ status: 0, out: HELP, error: '' });
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await apigSign(['--version'])).toEqual({ status: 0, out: `${version}\n`, error: '' });
  });
});
