import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REFUSAL_CODES, refusalOf } from '../../src/core/refusal.js';
import { POLICY_RULES, SETTING_RULES } from '../../src/core/verify/verifier.options.js';
import type { ApigSignatureOptions, RoutePolicy } from '../../src/index.js';

/** The rows of the table under a heading, cell by cell, without the head. */
function table(file: string, heading: string): string[][] {
  const [, section = ''] = readFileSync(file, 'utf8').split(`# ${heading}\n`);
  const [rows = ''] = /(^\|.*\n)+/m.exec(section) ?? [];
  const cells = (row: string) => row.split('|').slice(1, -1);
  return rows
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => cells(row).map((cell) => cell.trim()));
}

const unquoted = (cell: string) => cell.replaceAll('`', '');

describe.each([
  ['docs/guide', 'All codes', 'Status and message', 'Options of the module and of routes'],
  ['docs/zh/guide', '所有错误码', '状态码与错误信息', '模块选项与路由选项'],
])('the tables in %s', (folder, codesHeading, messagesHeading, optionsHeading) => {
  it('describe each refusal in the order of the checks', () => {
    const told = table(`${folder}/refusals.md`, codesHeading).map(([code]) => unquoted(code!));
    expect(told).toEqual(REFUSAL_CODES);
  });

  it('have the status and the message of every refusal', () => {
    const told = table(`${folder}/refusals.md`, messagesHeading).map(([code, status, message]) => ({
      code: unquoted(code!),
      message: unquoted(message!),
      status: Number(status),
    }));
    expect(told).toEqual(REFUSAL_CODES.map((code) => refusalOf(code, { name: '<name>' })));
  });

  it('have every option, and say which of them routes may set', () => {
    const ofRoute = { ...POLICY_RULES, bodyLimit: true } satisfies Record<keyof RoutePolicy, unknown>;
    const ofModule = {
      ...ofRoute,
      ...SETTING_RULES,
      ...{ keys: true, heldBytes: true, explain: true, mode: true, onVerdict: true, getRequest: true },
      ...{ readBody: true, logRefusals: true },
    } satisfies Record<keyof ApigSignatureOptions, unknown>;
    const star = (name: string) => (name in ofRoute ? `\`${name}\` *` : `\`${name}\``);
    const told = table(`${folder}/options.md`, optionsHeading).map(([name]) => name);
    expect(told.sort()).toEqual(Object.keys(ofModule).map(star).sort());
  });
});

describe.each([
  ['README.md', 'When a request is refused'],
  ['README.zh-CN.md', '请求被拒绝时'],
])('%s', (file, heading) => {
  it('has ten refusals, in the order of the checks', () => {
    const told = table(file, heading).map(([code]) => unquoted(code!));
    expect(told).toHaveLength(10);
    expect(REFUSAL_CODES.filter((code) => told.includes(code))).toEqual(told);
  });

  it('has at most 200 lines', () => {
    expect(readFileSync(file, 'utf8').split('\n').length - 1).toBeLessThanOrEqual(200);
  });
});
