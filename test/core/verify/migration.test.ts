import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { refusalOf, type RefusalCode } from '../../../src/core/refusal.js';

it('the messages in docs/migration.md are those of the refusals', () => {
  const rows = readFileSync('docs/migration.md', 'utf8').matchAll(/^\| `(.+)` \| (\d+) `([A-Z_]+)` \|$/gm);
  const told = Array.from(rows, ([, message, status, code]) => ({ code, message, status: Number(status) }));
  expect(told).toHaveLength(7);
  expect(told).toEqual(told.map(({ code }) => refusalOf(code as RefusalCode, { name: '<name>' })));
});
