import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createMarkdownRenderer, type MarkdownRenderer } from 'vitepress';
import { addressOf, anchorOf, linkToRepository, ROOT } from '../../docs/.vitepress/repository.js';
import { sidebarOf } from '../../docs/.vitepress/sidebar.js';
import { CHINESE, ENGLISH } from '../../docs/.vitepress/texts.js';

describe('links that lead out of docs/', () => {
  const render = (md: MarkdownRenderer, text: string) =>
    md.renderInline(text, { path: join(ROOT, 'docs/guide/keys.md'), relativePath: 'guide/keys.md', cleanUrls: false });
  let known: MarkdownRenderer;
  let unknown: MarkdownRenderer;
  beforeAll(async () => {
    // The site's own renderer, of which VitePress makes one only; a plain one of the same class beside it.
    const config = (md: MarkdownRenderer) => linkToRepository(md, 'https://git.invalid/a/b');
    known = await createMarkdownRenderer(join(ROOT, 'docs'), { config });
    unknown = new (known.constructor as new () => MarkdownRenderer)();
    linkToRepository(unknown, undefined);
  });

  it.each([
    ['../../SECURITY.md', 'SECURITY.md'],
    ['../../src/core/index.ts#L7', 'src/core/index.ts#L7'],
    ['../../examples/minimal/', 'examples/minimal'],
  ])('become links into the repository: %s', (href, path) => {
    expect(render(known, `[**a** b](${href})`)).toContain(`href="https://git.invalid/a/b/blob/main/${path}"`);
  });

  it('become plain text while the address is unknown', () => {
    const html = render(unknown, 'See [**a** b](../../SECURITY.md), and [c](options.md).');
    expect(html).toContain('See <strong>a</strong> b, and <a href="options.md">');
    expect(html.match(/<a /g)).toHaveLength(1);
  });

  it.each(['options.md', './options.md#keys', '../recipes.md', '#keys', '/guide/keys', 'https://a.invalid/../b'])(
    'do not include %s',
    (href) => {
      expect(render(known, `[a](${href})`)).not.toContain('git.invalid');
    },
  );
});

describe('the address of the repository', () => {
  const packageOf = (url: string) => JSON.stringify({ repository: { url } });

  it('is the address in package.json', () => {
    expect(addressOf(packageOf('git+https://git.invalid/a/b.git'))).toBe('https://git.invalid/a/b');
  });

  it('is unknown while package.json has the placeholder', () => {
    expect(addressOf(packageOf('git+https://repository.example/b.git'))).toBeUndefined();
  });
});

it.each([
  ['Why a signature does not match', 'why-a-signature-does-not-match'],
  ['The command line: `apig-sign`', 'the-command-line-apig-sign'],
  ['What’s new & old', 'whats-new--old'],
  ['网关（APIG）的 配置', '网关apig的-配置'],
])('the anchor of "%s" is the same as on GitHub', (heading, anchor) => {
  expect(anchorOf(heading)).toBe(anchor);
});

describe('the sidebar', () => {
  function docsWith(pages: Readonly<Record<string, string>>): string {
    const folder = mkdtempSync(join(tmpdir(), 'docs-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    for (const [path, text] of Object.entries(pages)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return folder;
  }

  it('has the pages of the guide in their order, by their headings, and new ones last', () => {
    const docs = docsWith({
      'guide/a-new-page.md': '# A new page',
      'guide/replay.md': 'text\n\n# Replay *protection*\n\n# Not this',
      'guide/keys.md': '# `keys`',
    });
    const items = [
      { text: 'keys', link: '/guide/keys' },
      { text: 'Replay protection', link: '/guide/replay' },
      { text: 'A new page', link: '/guide/a-new-page' },
    ];
    expect(sidebarOf(docs, '', ENGLISH)).toEqual([{ text: 'Guide', items }]);
  });

  it('has the English page where no Chinese page exists, except for the guide', () => {
    const docs = docsWith({
      ...{ 'guide/keys.md': '# Keys', 'guide/replay.md': '# Replay', 'zh/guide/keys.md': '# 密钥' },
      ...{ 'spec.md': '# The rule', 'recipes.md': '# Recipes', 'zh/recipes.md': '# 示例' },
      'reference/nestjs-apig-signature/core.md': '# core',
    });
    expect(sidebarOf(docs, 'zh/', CHINESE)).toEqual([
      { text: '指南', items: [{ text: '密钥', link: '/zh/guide/keys' }] },
      {
        text: '更多',
        items: [
          { text: '示例', link: '/zh/recipes' },
          { text: 'The rule（英文）', link: '/spec' },
        ],
      },
      {
        text: 'API 参考（英文）',
        collapsed: true,
        items: [{ text: 'core', link: '/reference/nestjs-apig-signature/core' }],
      },
    ]);
  });

  it('refuses a page without a heading', () => {
    const docs = docsWith({ 'guide/keys.md': 'text' });
    expect(() => sidebarOf(docs, '', ENGLISH)).toThrow(/keys\.md: expected a heading/);
  });
});
