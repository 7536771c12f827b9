import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSdkDate, signRequest } from '../../src/core/index.js';
import { EXPLAIN_FLAGS, SIGN_FLAGS } from '../../src/cli/flags.js';
import { HELP } from '../../src/cli/help.js';
import { sign } from '../../src/cli/sign.command.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'apig-sign-'));
const SECRET_FILE = join(FOLDER, 'secret.txt');
const SECRET = "the file's secret \\ é";
const URL = 'http://a.example:80/';
const APIG_SECRET = 'known to few';
const ENV = { APIG_SECRET };

beforeAll(() => writeFileSync(SECRET_FILE, `${SECRET}\n`));
afterAll(() => rmSync(FOLDER, { recursive: true }));

describe('the secret', () => {
  const DATE = '20260115T093045Z';
  const keys = JSON.stringify({ k: ['listed', 'listed before'] });

  it.each<[from: string, secret: string, args: string[], env: Record<string, string>]>([
    ['--secret', '-given', ['--secret', '-given', '--key', 'k'], { ...ENV, APIG_SIGNATURE_KEYS: keys }],
    ['--secret-file', SECRET, ['--secret-file', SECRET_FILE, '--key', 'k'], { ...ENV, APIG_SIGNATURE_KEYS: keys }],
    ['APIG_SECRET', APIG_SECRET, ['--key', 'k'], { ...ENV, APIG_SIGNATURE_KEYS: keys }],
    ['APIG_SIGNATURE_KEYS', 'listed', ['--key', 'k'], { APIG_SIGNATURE_KEYS: keys }],
    ['APIG_SIGNATURE_KEYS, whose only key need not be named', 'listed', [], { APIG_SIGNATURE_KEYS: keys }],
  ])('comes from %s, and is printed nowhere', (_, secret, args, env) => {
    const request = { method: 'GET', target: '/', headers: [['Host', 'a.example']] as const };
    const signed = signRequest(request, { key: 'k', secret, date: parseSdkDate(DATE) });
    const line = [...args, '--date', DATE, URL];
    expect(JSON.parse(sign([...line, '--json'], env))).toEqual(signed);
    expect(sign(line, env)).toContain(signed.authorization);
    expect(sign(line, env) + sign([...line, '--json'], env)).not.toContain(secret);
  });
});

describe('--json', () => {
  it('escapes what a terminal would obey, and reads as it was', () => {
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
  it('tells of every flag', () => {
    for (const name of [...Object.keys(SIGN_FLAGS), ...Object.keys(EXPLAIN_FLAGS)]) expect(HELP).toContain(`--${name}`);
    expect(HELP.split('\n').filter((line) => line.length > 120 && !line.startsWith('  apig-sign'))).toEqual([]);
  });
});
