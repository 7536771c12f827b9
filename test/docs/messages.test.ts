import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** Pages whose messages all come from this package. */
const PAGES = ['getting-started', 'guarding', 'observing', 'options', 'refusals', 'roll-out', 'security', 'testing'];

/** The sources, with texts that are written in several pieces put together. */
const SOURCES = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join('src', name), 'utf8'))
  .join('\n')
  .replaceAll(/(['"`]) \+\s+(['"`])/g, '')
  .replaceAll(/\$\{[^{}]*\}/g, '\0');

/** What a page says that one sees: in code, in the first column of its last table; parts that vary are an ellipsis. */
function messagesIn(page: string): string[] {
  const [, section = ''] = readFileSync(`docs/guide/${page}.md`, 'utf8').split('## What goes wrong\n');
  const cells = Array.from(section.matchAll(/^\| (.*?[^\\]) \|/gm), ([, cell]) => cell!);
  return cells.flatMap((cell) => Array.from(cell.matchAll(/`([^`]* [^`]*)`/g), ([, code]) => code!));
}

/** The pieces of a message that do not vary: numbers and names of settings and options do. */
const piecesOf = (message: string) =>
  message
    .split(/…|\b\d+ of \d+|\b[A-Z]+(?:_[A-Z]+)+\b|\w+: expected /)
    .map((piece) => piece.trim())
    .filter((piece) => piece.length > 3);

it.each(PAGES)('docs/guide/%s.md quotes messages exactly as in the sources', (page) => {
  const messages = messagesIn(page).filter((message) => !/^[{(<]|^new |^import \{/.test(message));
  const unknown = messages.flatMap(piecesOf).filter((piece) => !SOURCES.includes(piece));
  expect(unknown).toEqual([]);
});

it('the pages quote messages', () => {
  expect(PAGES.flatMap(messagesIn).length).toBeGreaterThan(10);
});
