import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorOf } from '../../docs/.vitepress/repository.js';
import { filesOf } from './pages.js';

const PAGES = filesOf(/\.md$/);

/** The lines of a page, with code emptied: it holds brackets that are not links. */
function proseOf(page: string): string[] {
  const withoutBlocks = page.replace(/^( *)(```+).*\n[^]*?^\1\2$/gm, (block) => block.replace(/[^\n]/g, ''));
  return withoutBlocks.replace(/(`+)[^`\n]+\1/g, (code) => '`'.repeat(code.length)).split('\n');
}

function linksOf(lines: readonly string[]): { readonly href: string; readonly line: number }[] {
  return lines.flatMap((text, index) =>
    Array.from(
      text.matchAll(/\]\(([^)\s]+)\)|\b(?:href|src)="([^"]+)"|^\[[^\]]+\]: (\S+)|\blink: ([^\s}]+)/g),
      (match) => ({
        href: match.slice(1).find(Boolean)!,
        line: index + 1,
      }),
    ),
  );
}

/** The anchors of a page: of its headings, and those that it sets itself. */
function anchorsOf(page: string): Set<string> {
  const text = readFileSync(page, 'utf8').replace(/^( *)(```+).*\n[^]*?^\1\2$/gm, '');
  const found = new Set(Array.from(text.matchAll(/\b(?:id|name)="([^"]+)"/g), ([, id]) => id!));
  for (const [, heading] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = heading!.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1');
    let anchor = anchorOf(plain);
    for (let again = 1; found.has(anchor); again++) anchor = `${anchorOf(plain)}-${again}`;
    found.add(anchor);
  }
  return found;
}

/** The file that a link of a page leads to: `/x` is a page of the site. */
function fileOf(path: string, page: string): string {
  if (!path.startsWith('/')) return join(dirname(page), path);
  const onSite = join('docs', path);
  return path.endsWith('/') ? join(onSite, 'index.md') : `${onSite.replace(/\.(md|html)$/, '')}.md`;
}

function deadLinksOf(page: string): string[] {
  return linksOf(proseOf(readFileSync(page, 'utf8'))).flatMap(({ href, line }) => {
    if (/^[a-z][a-z+.-]*:/i.test(href)) return [];
    const [path = '', anchor] = decodeURI(href).split('#');
    const file = path === '' ? page : fileOf(path, page);
    if (!existsSync(file)) return `${page}:${line}: ${href}: no such file`;
    const isKnown = anchor === undefined || !file.endsWith('.md') || anchorsOf(file).has(anchor);
    return isKnown ? [] : `${page}:${line}: ${href}: no such anchor`;
  });
}

describe('links between the pages of the repository', () => {
  it.each(PAGES)('%s has no dead link', (page) => {
    expect(deadLinksOf(page)).toEqual([]);
  });

  it('finds a dead link, a dead anchor, and a link of the home page', () => {
    const lines = [
      '[a](b.md) `[no](link.md)` ![c](d.svg)',
      '',
      '```md',
      '[no](link.md)',
      '```',
      '  - { link: /e }',
      '[f]: g',
    ];
    expect(linksOf(proseOf(lines.join('\n')))).toEqual([
      { href: 'b.md', line: 1 },
      { href: 'd.svg', line: 1 },
      { href: '/e', line: 6 },
      { href: 'g', line: 7 },
    ]);
  });
});
