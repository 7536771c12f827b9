import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AUTHORIZATION_SIGNED, CAUSES, RARE_CAUSES } from '../../../src/core/explain/causes.js';
import { isHopHeader } from '../../../src/core/explain/suspects.js';

const guide = readFileSync(new URL('../../../docs/guide/mismatches.md', import.meta.url), 'utf8');
const sectionOf = (title: string) => new RegExp(`^## ${title}\n([^]*?)(?=^## |$(?![^]))`, 'm').exec(guide)![1]!;

it('the guide lists every cause once in its table', () => {
  const rows = sectionOf('Causes').match(/^\| `.*?\|/gm)!;
  const named = rows.flatMap((row) => Array.from(row.matchAll(/`(\w+)`/g), ([, code]) => code!));
  const codes = new Set([...CAUSES, ...RARE_CAUSES, AUTHORIZATION_SIGNED].map(({ code }) => code));
  expect(named.toSorted()).toEqual([...codes].sort());
});

it('the guide calls only suspects suspects', () => {
  const [listed = ''] = sectionOf('Suspects').split('headers of tracing');
  const names = Array.from(listed.matchAll(/`([\w-]+)(\*?)`/g), ([, name, star]) => (star ? `${name}for` : name!));
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) expect([name, isHopHeader(name)]).toEqual([name, true]);
  for (const name of ['host', 'content-type', 'x-sdk-date', 'x-a', 'xvia', 'via-x'])
    expect(isHopHeader(name)).toBe(false);
});
