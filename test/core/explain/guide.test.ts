import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { AUTHORIZATION_SIGNED, CAUSES, RARE_CAUSES } from '../../../src/core/explain/causes.js';
import { isHopHeader } from '../../../src/core/explain/suspects.js';

const guide = readFileSync(new URL('../../../docs/guide/mismatches.md', import.meta.url), 'utf8');
const ALL = [...CAUSES, ...RARE_CAUSES, AUTHORIZATION_SIGNED];
const sectionOf = (title: string) => new RegExp(`^## ${title}\n([^]*?)(?=^## |$(?![^]))`, 'm').exec(guide)![1]!;

it('the guide lists every cause once in its table', () => {
  const rows = sectionOf('Causes').match(/^\| `.*?\|/gm)!;
  const named = rows.flatMap((row) => Array.from(row.matchAll(/`(\w+)`/g), ([, code]) => code!));
  const codes = new Set(ALL.map(({ code }) => code));
  expect(named.toSorted()).toEqual([...codes].sort());
});

it('a remedy names each setting of a proxy that the guide names for its cause', () => {
  const program = /^(nginx|Apache|Ingress|Kong|Envoy|Varnish|Spring Cloud Gateway): /;
  let settings = 0;
  for (const row of sectionOf('Causes').match(/^\| `.*(?= \|$)/gm)!) {
    const [first = '', , change = ''] = row.split(' | ');
    const advice = change.split('. ').filter((sentence) => program.test(sentence));
    const named = advice.flatMap((sentence) => [
      program.exec(sentence)![1]!,
      ...Array.from(sentence.matchAll(/`(.+?)`/g), ([, setting]) => setting!.replace(/[:;]/g, '')),
    ]);
    for (const [, code] of first.matchAll(/`(\w+)`/g)) {
      const remedies = ALL.filter((cause) => cause.code === code).map(({ remedy }) => remedy);
      for (const name of named) expect(remedies.join(' ')).toContain(name);
    }
    settings += named.length;
  }
  expect(settings).toBeGreaterThan(30);
});

it('the guide calls only suspects suspects', () => {
  const [listed = ''] = sectionOf('Suspects').split('headers of tracing');
  const names = Array.from(listed.matchAll(/`([\w-]+)(\*?)`/g), ([, name, star]) => (star ? `${name}for` : name!));
  expect(names.length).toBeGreaterThan(8);
  for (const name of names) expect([name, isHopHeader(name)]).toEqual([name, true]);
  for (const name of ['host', 'content-type', 'x-sdk-date', 'x-a', 'xvia', 'via-x'])
    expect(isHopHeader(name)).toBe(false);
});
