import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const [english, chinese] = ['README.md', 'README.zh-CN.md'].map((file) => readFileSync(file, 'utf8')) as [
  string,
  string,
];

const blocksOf = (text: string) => Array.from(text.matchAll(/^ *```\w*\n.*?^ *```$/gms), ([block]) => block);
const prose = (text: string) => text.replaceAll(/^ *```\w*\n.*?^ *```$/gms, '');
const levelsOf = (text: string) => Array.from(prose(text).matchAll(/^#+(?= )/gm), ([marks]) => marks);

/** Of each table's row the words of its first cell that are no language's. */
function rowsOf(text: string): string[][] {
  const rows = Array.from(prose(text).matchAll(/^ *\|(.*?[^\\])\|/gm), ([, cell]) => cell!);
  return rows.map((cell) => Array.from(cell.matchAll(/`[^`]*`/g), ([word]) => word));
}

describe('the Chinese README', () => {
  it('has the code of the English one', () => {
    expect(blocksOf(chinese)).toEqual(blocksOf(english));
    expect(blocksOf(english).length).toBeGreaterThan(20);
  });

  it('has its sections', () => {
    expect(levelsOf(chinese)).toEqual(levelsOf(english));
  });

  it('has the rows of its tables', () => {
    expect(rowsOf(chinese)).toEqual(rowsOf(english));
  });

  it('names what it names', () => {
    const names = (text: string) => new Set(Array.from(prose(text).matchAll(/`[^`\s,][^`\n]*`/g), ([name]) => name));
    const [told, original] = [names(chinese), names(english)];
    expect([...original].filter((name) => !told.has(name))).toEqual([]);
  });
});
