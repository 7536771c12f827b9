import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSdkDate, signRequest } from '../../src/core/index.js';
import { EXPLAIN_FLAGS, GATEWAY_FLAGS, SIGN_FLAGS } from '../../src/cli/flags.js';
import { HELP } from '../../src/cli/help.js';
import { sign } from '../../src/cli/sign/sign.command.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'apig-sign-'));
const SECRET_FILE = join(FOLDER, 'secret.txt');
const ENV_FILE = join(FOLDER, '.env');
const KEYS_FILE = join(FOLDER, 'keys.json');
const SECRET = "the file's secret \\ é";
const URL = 'http://a.example:80/';
const APIG_SECRET = 'known to few';
const ENV = { APIG_SECRET };

beforeAll(() => {
  writeFileSync(SECRET_FILE, `${SECRET}\n`);
  writeFileSync(KEYS_FILE, '{"k":"of a file"}\n');
  writeFileSync(ENV_FILE, `# the server's\nAPIG_SIGNATURE_KEYS='{"k":["from a file","before"]}'\nPORT=3000\n`);
});
afterAll(() => rmSync(FOLDER, { recursive: true }));

describe('the secret', () => {
  const DATE = '20260115T093045Z';
  const keys = JSON.stringify({ k: ['listed', 'listed before'] });

  it.each<[from: string, secret: string, args: string[], env: Record<string, string>]>([
    ['--secret', '-given', ['--secret', '-given', '--key', 'k'], { ...ENV, APIG_SIGNATURE_KEYS: keys }],
    ['--secret-file', SECRET, ['--secret-file', SECRET_FILE, '--key', 'k'], { ...ENV, APIG_SIGNATURE_KEYS: keys }],
    ['APIG_SECRET', APIG_SECRET, ['--key', 'k'], { ...ENV, APIG_SIGNATURE_KEYS: keys }],
    ['APIG_SIGNATURE_KEYS', 'listed', ['--key', 'k'], { APIG_SIGNATURE_KEYS: keys }],
    ['APIG_SIGNATURE_KEYS_FILE', 'of a file', [], { APIG_SIGNATURE_KEYS_FILE: KEYS_FILE }],
    ['--env-file', 'from a file', ['--env-file', ENV_FILE], {}],
    ['the environment before --env-file', 'listed', ['--env-file', ENV_FILE], { APIG_SIGNATURE_KEYS: keys }],
    ['APIG_SIGNATURE_KEYS, whose only key need not be named', 'listed', [], { APIG_SIGNATURE_KEYS: keys }],
  ])('comes from %s, and is not printed', (_, secret, args, env) => {
    const request = { method: 'GET', target: '/', headers: [['Host', 'a.example']] as const };
    const signed = signRequest(request, { key: 'k', secret, date: parseSdkDate(DATE) });
    const line = [...args, '--date', DATE, URL];
    expect(JSON.parse(sign([...line, '--json'], env))).toEqual(signed);
    expect(sign(line, env)).toContain(signed.authorization);
    expect(sign(line, env) + sign([...line, '--json'], env)).not.toContain(secret);
  });
});

describe('--env-file', () => {
  it('must name a file that can be read', () => {
    // In this process, since Node 20 and 22 read this flag too, before the program does.
    const read = () => sign(['--env-file', '/no/file', URL], {});
    expect(read).toThrow(
      expect.objectContaining({ name: 'UsageError', message: '--env-file FILE cannot be read: ENOENT' }),
    );
  });
});

describe('--json', () => {
  it('escapes control characters for a terminal, and keeps the text', () => {
    const args = [
      '--json',
      '--key',
      'k',
      '-H',
      'X-A: é\u202e\u009b2J\u{e0001}',
      '--signed-headers',
      'x-a;x-sdk-date',
      URL,
    ];
    const printed = sign(args, ENV);
    expect(printed).toMatch(/^[\p{L}\p{M}\p{N}\p{P}\p{S} \n]*$/u);
    const { canonicalRequest } = JSON.parse(printed) as { canonicalRequest: string };
    expect(canonicalRequest).toMatch(
      /^GET\n\/\n\nx-a:é\u202e\u009b2J\u{e0001}\nx-sdk-date:\d{8}T\d{6}Z\n\nx-a;x-sdk-date\n/u,
    );
  });
});

describe('--help', () => {
  it.each([
    ['sign', SIGN_FLAGS],
    ['gateway', GATEWAY_FLAGS],
    ['explain', EXPLAIN_FLAGS],
  ] as const)('describes every flag of %s', (command, flags) => {
    for (const { form } of Object.values<{ readonly form: string }>(flags)) {
      expect(HELP[command]).toContain(form.split(' ')[0]);
    }
    const lines = HELP[command].split('\n');
    expect(lines.filter((line) => line.length > 120 && !line.startsWith('  apig-sign'))).toEqual([]);
  });
});
