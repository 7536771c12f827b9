import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const { files: packed } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: readonly string[] };
/** What npm packs without being told. */
const ALWAYS = ['README.md', 'README.zh-CN.md', 'LICENSE', 'package.json'];

const isPacked = (path: string) => [...ALWAYS, ...packed].some((root) => path === root || path.startsWith(`${root}/`));

function pagesIn(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [folder];
  return names.filter((name) => name.endsWith('.md')).map((name) => join(folder, name));
}

const DOCUMENTS = ['README.md', 'README.zh-CN.md', ...pagesIn('docs/guide'), ...pagesIn('docs/zh/guide')];

const proseOf = (file: string) => readFileSync(file, 'utf8').replaceAll(/^ *```.*?^ *```$/gms, '');

/** The addresses of links and pictures that stand in a document. */
const linksIn = (file: string) => Array.from(proseOf(file).matchAll(/\]\(([^)\s]+)\)/g), ([, address]) => address!);

/** How GitHub, npm and VitePress call a heading. */
const anchorsIn = (file: string) =>
  Array.from(proseOf(file).matchAll(/^#+ (.+)$/gm), ([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(DOCUMENTS)('%s', (file) => {
  const relative = linksIn(file).filter((address) => !/^[a-z]+:/.test(address));

  it('has no dead link', () => {
    const dead = relative.filter((address) => {
      const [path = '', anchor] = address.split('#');
      const target = path === '' ? file : join(dirname(file), path);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !(statSync(target).isFile() && anchorsIn(target).includes(anchor));
    });
    expect(dead).toEqual([]);
  });

  it('is in the tarball, with all that it links to', () => {
    const targets = relative
      .map((address) => address.split('#')[0]!)
      .filter((path) => path !== '')
      .map((path) => normalize(join(dirname(file), path)).replace(/\/$/, ''));
    const missing = [file, ...targets].filter((path) => !isPacked(path));
    expect(missing).toEqual([]);
  });
});
