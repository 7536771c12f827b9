import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CAUSES } from '../../src/core/explain/causes.js';
import { REFUSAL_CODES, refusalOf } from '../../src/core/refusal.js';
import { POLICY_RULES, SETTING_RULES } from '../../src/core/verify/verifier.options.js';
import type { ApigSignatureOptions, RoutePolicy } from '../../src/index.js';

const README = readFileSync('README.md', 'utf8');

/** The cells of the table under a heading, row by row, without the heads. */
function table(heading: string): string[][] {
  const [section = ''] = README.split(`# ${heading}\n`).slice(1);
  const [rows = ''] = /(^\|.*\n)+/m.exec(section) ?? [];
  const cells = (row: string) => row.split('|').slice(1, -1);
  return rows
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => cells(row).map((cell) => cell.trim()));
}

const unquoted = (cell: string) => cell.replaceAll('`', '');

describe('the README’s tables', () => {
  it('tell every refusal as it is', () => {
    const told = table('When a request is refused').map(([code, status, message]) => ({
      code: unquoted(code!),
      message: unquoted(message!),
      status: Number(status),
    }));
    expect(told).toEqual(REFUSAL_CODES.map((code) => refusalOf(code, { name: '<name>' })));
  });

  // The guide has all of them: test/core/explain/guide.test.ts.
  it('tell no cause of a mismatch but those that there are', () => {
    const told = table('Find out why a signature does not match').flatMap(([codes]) => unquoted(codes!).split(', '));
    const codes: string[] = CAUSES.map(({ code }) => code);
    for (const each of told) expect(codes).toContain(each);
  });

  it('tell every option, and which of them routes may set', () => {
    const ofRoute = { ...POLICY_RULES, bodyLimit: true } satisfies Record<keyof RoutePolicy, unknown>;
    const ofModule = {
      ...ofRoute,
      ...SETTING_RULES,
      ...{
        keys: true,
        heldBytes: true,
        explain: true,
        mode: true,
        onVerdict: true,
        getRequest: true,
        readBody: true,
        logRefusals: true,
      },
    } satisfies Record<keyof ApigSignatureOptions, unknown>;
    const star = (name: string) => (name in ofRoute ? `\`${name}\` *` : `\`${name}\``);
    expect(
      table('Options')
        .map(([name]) => name)
        .sort(),
    ).toEqual(Object.keys(ofModule).map(star).sort());
  });
});
