import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { ADDRESS, anchorOf, linkToRepository, ROOT } from './repository.js';
import { sidebarOf } from './sidebar.js';
import { CHINESE, CHINESE_SEARCH, CHINESE_THEME, ENGLISH } from './texts.js';

const DOCS = join(ROOT, 'docs');

/** Words between blanks and punctuation; Chinese has no blanks. The browser runs it too, so it uses nothing outside. */
function tokenize(text: string): string[] {
  return text.split(/[\s\p{P}\p{S}]+/u).flatMap((word) => {
    if (!/\p{Script=Han}/u.test(word)) return [word];
    return Array.from(new Intl.Segmenter('zh', { granularity: 'word' }).segment(word), ({ segment }) => segment);
  });
}

export default defineConfig({
  title: 'nestjs-apig-signature',
  head: [['link', { rel: 'icon', href: '/icon.svg' }]],
  outDir: join(ROOT, 'dist/site'),
  cacheDir: join(ROOT, 'dist/site-cache'),
  markdown: {
    anchor: { slugify: anchorOf },
    config: (md) => {
      linkToRepository(md, ADDRESS);
      // Pages are text and not templates of Vue: two braces stand for themselves.
      for (const rule of ['text', 'code_inline'] as const) {
        const render = md.renderer.rules[rule]!;
        md.renderer.rules[rule] = (...args) => render(...args).replaceAll('{{', '&#123;&#123;');
      }
    },
  },
  locales: {
    root: {
      label: 'English',
      lang: 'en',
      description: 'Verify the signature of Huawei Cloud API Gateway (APIG) in NestJS.',
      themeConfig: { outline: { level: [2, 3] }, sidebar: sidebarOf(DOCS, '', ENGLISH) },
    },
    zh: {
      label: '简体中文',
      lang: 'zh-CN',
      description: '在 NestJS 中校验华为云 API 网关（APIG）的后端签名。',
      themeConfig: { ...CHINESE_THEME, sidebar: sidebarOf(DOCS, 'zh/', CHINESE) },
    },
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: { miniSearch: { options: { tokenize } }, locales: { zh: { translations: CHINESE_SEARCH } } },
    },
    ...(ADDRESS !== undefined && { socialLinks: [{ icon: 'github', link: ADDRESS }] }),
  },
});
