import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CAUSES } from '../../src/core/explain/causes.js';
import { refusalOf } from '../../src/core/refusal.js';
import { POLICY_RULES, SETTING_RULES } from '../../src/core/verify/verifier.options.js';
import type { ApigSignatureOptions, RefusalCode, RoutePolicy } from '../../src/index.js';

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
    const codes: Record<RefusalCode, true> = {
      AUTHORIZATION_MISSING: true,
      AUTHORIZATION_MALFORMED: true,
      KEY_UNKNOWN: true,
      SIGNED_HEADER_MISSING: true,
      SIGNED_HEADER_REPEATED: true,
      HEADER_NOT_SIGNED: true,
      DATE_MISSING: true,
      DATE_MALFORMED: true,
      SIGNATURE_EXPIRED: true,
      TARGET_AMBIGUOUS: true,
      SIGNATURE_MISMATCH: true,
      BODY_HASH_MISMATCH: true,
      UNSIGNED_PAYLOAD: true,
      REPLAYED: true,
      BODY_TOO_LARGE: true,
      HELD_BYTES_EXCEEDED: true,
      KEYS_UNAVAILABLE: true,
      REPLAY_STORE_UNAVAILABLE: true,
      BODY_NOT_CAPTURED: true,
    };
    const told = table('When a request is refused').map(([code, status, message]) => ({
      code: unquoted(code!),
      message: unquoted(message!),
      status: Number(status),
    }));
    expect(told).toEqual(Object.keys(codes).map((code) => refusalOf(code as RefusalCode, { name: '<name>' })));
  });

  it('tell every cause of a mismatch', () => {
    const told = table('Find out why a signature does not match').flatMap(([codes]) => unquoted(codes!).split(', '));
    expect(told.sort()).toEqual(CAUSES.map(({ code }) => code).sort());
  });

  it('tell every option, and which of them routes may set', () => {
    const ofRoute = { ...POLICY_RULES, bodyLimit: true } satisfies Record<keyof RoutePolicy, unknown>;
    const ofModule = {
      ...ofRoute,
      ...SETTING_RULES,
      ...{ keys: true, heldBytes: true, explain: true, mode: true, onVerdict: true, getRequest: true },
    } satisfies Record<keyof ApigSignatureOptions, unknown>;
    const star = (name: string) => (name in ofRoute ? `\`${name}\` *` : `\`${name}\``);
    expect(
      table('Options')
        .map(([name]) => name)
        .sort(),
    ).toEqual(Object.keys(ofModule).map(star).sort());
  });
});
