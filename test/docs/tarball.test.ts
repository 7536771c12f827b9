import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';

const { files: packed } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: readonly string[] };
/** What npm packs without being told. */
const ALWAYS = ['README.md', 'README.zh-CN.md', 'LICENSE', 'package.json'];

const isPacked = (path: string) => [...ALWAYS, ...packed].some((root) => path === root || path.startsWith(`${root}/`));

function pagesIn(root: string): string[] {
  if (!existsSync(root)) return [];
  if (root.endsWith('.md')) return [root];
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.md')).map((name) => join(root, name));
}

/** The relative links and pictures of a page, from the folder of the package. */
function targetsOf(page: string): string[] {
  const prose = readFileSync(page, 'utf8').replaceAll(/^ *```.*?^ *```$/gms, '');
  return Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, href]) => href!.split('#')[0]!)
    .filter((path) => path !== '' && !/^[a-z]+:/.test(path))
    .map((path) => normalize(join(dirname(page), path)));
}

// README is read on npm too, and the pages in node_modules.
it.each(['README.md', 'README.zh-CN.md', ...packed.filter((root) => root.startsWith('docs')).flatMap(pagesIn)])(
  '%s links only to what is in the tarball',
  (page) => {
    expect(targetsOf(page).filter((path) => !isPacked(path))).toEqual([]);
  },
);
