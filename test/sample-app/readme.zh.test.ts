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
  yaml: /(?<=^|\s)#.*$/gm,
};

/** A part of a document that both languages have. */
interface Part {
  readonly line: number;
  readonly text: string;
}

const lineAt = (text: string, index: number) => text.slice(0, index).split('\n').length;

/** The blocks of code of a document, without their comments. Diagrams may have words of either language. */
function blocksOf(document: string): Part[] {
  const blocks = Array.from(document.matchAll(BLOCK), ({ index, 1: language = '', 2: code = '' }) => ({
    line: lineAt(document, index),
    language,
    text: `${language}\n${code.replaceAll(COMMENTS[language] ?? /$^/g, '')}`,
  }));
  return blocks.filter(({ language }) => language !== 'mermaid');
}

/** Of each table's row the code in its first cell: other words are translated. */
function rowsOf(document: string): Part[] {
  const prose = document.replaceAll(BLOCK, (block) => block.replaceAll(/[^\n]/g, ''));
  return Array.from(prose.matchAll(/^ *\|(.*?[^\\])\|/gm), ({ index, 1: cell = '' }) => ({
    line: lineAt(prose, index),
    text: Array.from(cell.matchAll(/`[^`]*`/g), ([code]) => code).join(' '),
  }));
}

/** Where two documents differ first: both files, with the line. */
function differenceOf(files: readonly [string, string], partsOf: (document: string) => Part[]): string | undefined {
  const [some, others] = files.map((file) => partsOf(readFileSync(file, 'utf8'))) as [Part[], Part[]];
  const at = Array.from({ length: Math.max(some.length, others.length) }).findIndex(
    (_, index) => some[index]?.text !== others[index]?.text,
  );
  if (at < 0) return undefined;
  const [one, other] = [some[at], others[at]];
  return `${files[0]}:${one?.line ?? 'end'} differs from ${files[1]}:${other?.line ?? 'end'}\n${one?.text}\n${other?.text}`;
}

describe.each(PAIRS)('%s, beside %s', (chinese, english) => {
  it('is the translation of an existing document', () => {
    expect(existsSync(english)).toBe(true);
  });

  it('has the same code', () => {
    expect(differenceOf([chinese, english], blocksOf)).toBeUndefined();
  });

  it('has the same rows in its tables', () => {
    expect(differenceOf([chinese, english], rowsOf)).toBeUndefined();
  });
});

it('a block may differ in its comments only', () => {
  expect('a(); // one'.replaceAll(COMMENTS.ts!, '')).toBe('a(); ');
  expect("get('http://a');".replaceAll(COMMENTS.ts!, '')).toBe("get('http://a');");
  expect('a # b\nc#d'.replaceAll(COMMENTS.sh!, '')).toBe('a \nc#d');
});
