import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const chinesePages = readdirSync('docs/zh', { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.md'),
);
const PAIRS = [
  ['README.zh-CN.md', 'README.md'],
  ...chinesePages.map((page) => [`docs/zh/${page}`, `docs/${page}`]),
] as [string, string][];

const BLOCK = /^ *```(\w*)\n(.*?)^ *```$/gms;

/** Comments, which may be translated: behind a blank or at the start of a line, so that no URL is cut. */
const COMMENTS: Readonly<Record<string, RegExp>> = {
  ts: /(?<=^|\s)\/\/.*$|\/\*.*?\*\//gms,
  js: /(?<=^|\s)\/\/.*$|\/\*.*?\*\//gms,
  sh: /(?<=^|\s)#.*$/gm,
  nginx: /(?<=^|\s)#.*$/gm,
};

/** The blocks of code of a document, without their comments. Diagrams may have words of either language. */
function blocksOf(file: string): string[] {
  const blocks = Array.from(readFileSync(file, 'utf8').matchAll(BLOCK), ([, language, code]) => ({ language, code }));
  return blocks
    .filter(({ language }) => language !== 'mermaid')
    .map(({ language = '', code = '' }) => `${language}\n${code.replaceAll(COMMENTS[language] ?? /$^/g, '')}`);
}

/** Of each table's row the code in its first cell: other words are translated. */
function rowsOf(file: string): string[][] {
  const prose = readFileSync(file, 'utf8').replaceAll(BLOCK, '');
  const cells = Array.from(prose.matchAll(/^ *\|(.*?[^\\])\|/gm), ([, cell]) => cell!);
  return cells.map((cell) => Array.from(cell.matchAll(/`[^`]*`/g), ([code]) => code));
}

describe.each(PAIRS)('%s, beside %s', (chinese, english) => {
  it('is the translation of a document that is there', () => {
    expect(existsSync(english)).toBe(true);
  });

  it('has the same code', () => {
    expect(blocksOf(chinese)).toEqual(blocksOf(english));
  });

  it('has the same rows in its tables', () => {
    expect(rowsOf(chinese)).toEqual(rowsOf(english));
  });
});

it('comments may be translated, and nothing else of a block', () => {
  expect('a(); // one'.replaceAll(COMMENTS.ts!, '')).toBe('a(); ');
  expect("get('http://a');".replaceAll(COMMENTS.ts!, '')).toBe("get('http://a');");
  expect('a # b\nc#d'.replaceAll(COMMENTS.sh!, '')).toBe('a \nc#d');
});
