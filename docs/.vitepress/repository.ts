import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

/** The folder of the repository. */
export const ROOT = join(import.meta.dirname, '../..');

/**
 * Where the repository is on the web, by `repository` of package.json: `npm run address` sets it. Nothing as long as it
 * has the placeholder, whose host ends in `.example`.
 */
export const ADDRESS = addressOf(readFileSync(join(ROOT, 'package.json'), 'utf8'));

export function addressOf(packageJson: string): string | undefined {
  const { repository } = JSON.parse(packageJson) as { readonly repository: { readonly url: string } };
  const address = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
  return new URL(address).host.endsWith('.example') ? undefined : address;
}

/** The path in the repository of a relative link that leads out of docs/; nothing for any other link. */
export function pathOutOfDocs(href: string, page: string): string | undefined {
  if (/^([a-z]+:|\/|#)/i.test(href)) return undefined;
  const path = relative(ROOT, join(dirname(page), href)).replaceAll('\\', '/');
  return path.startsWith('docs/') ? undefined : path;
}

/**
 * Pages link to files outside docs/ as they lie in the repository. On the site such a link leads to the file's address
 * on the web. Without an address the text of the link stays, since the link would be dead.
 */
export function linkToRepository(md: MarkdownRenderer, address: string | undefined): void {
  md.core.ruler.push('link-to-repository', ({ tokens, env }) => {
    const { path: page, realPath } = env as { readonly path: string; readonly realPath?: string };
    for (const { children } of tokens) {
      let isDropped = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') {
          const path = pathOutOfDocs(token.attrGet('href') ?? '', realPath ?? page);
          isDropped = path !== undefined && address === undefined;
          if (path !== undefined) token.attrSet('href', `${address ?? ''}/blob/main/${path}`);
        }
        if (!isDropped || !token.type.startsWith('link_')) continue;
        isDropped = token.type === 'link_open';
        Object.assign(token, { type: 'text', content: '' });
      }
    }
  });
}

/** The anchor of a heading, as GitHub makes it: a link with an anchor works there and on the site. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}
