import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DefaultTheme } from 'vitepress';

/** The order of the guide. A page that is not named here comes last, and a name without a page is left out. */
const GUIDE = `
  getting-started gateway-setup how-it-works guarding options refusals keys replay roll-out observing mismatches bodies
  deployment serverless websockets-and-hybrid graphql testing calling-your-backend command-line signing-page calling-apis
  security versions`
  .trim()
  .split(/\s+/);

const MORE = ['recipes', 'migration', 'spec', 'performance'];

/** What the groups are called, and what pages of the reference are. */
export interface SidebarTexts {
  readonly guide: string;
  readonly more: string;
  readonly reference: string;
  /** Behind the title of a page that this language does not have. */
  readonly onlyEnglish: string;
}

/** The sidebar of a language, made of the pages that there are. Titles are their first headings. */
export function sidebarOf(docs: string, language: '' | 'zh/', texts: SidebarTexts): DefaultTheme.SidebarItem[] {
  const item = (path: string, suffix = ''): DefaultTheme.SidebarItem => ({
    text: titleOf(join(docs, `${path}.md`)) + suffix,
    link: `/${path}`,
  });
  const isThere = (path: string) => existsSync(join(docs, `${path}.md`));

  const guide = pagesIn(join(docs, language, 'guide')).toSorted((a, b) => placeOf(a) - placeOf(b));
  const more = MORE.flatMap((page) => {
    if (isThere(language + page)) return item(language + page);
    return isThere(page) ? item(page, texts.onlyEnglish) : [];
  });
  const reference = ['', '/core', '/testing', '/signer-page'].map((entry) => `reference/nestjs-apig-signature${entry}`);
  return [
    { text: texts.guide, items: guide.map((page) => item(`${language}guide/${page}`)) },
    { text: texts.more, items: more },
    { text: texts.reference, collapsed: true, items: reference.filter(isThere).map((path) => item(path)) },
  ].filter(({ items }) => items.length > 0);
}

function pagesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => (name.endsWith('.md') ? name.slice(0, -'.md'.length) : []));
}

function placeOf(page: string): number {
  const place = GUIDE.indexOf(page);
  return place < 0 ? GUIDE.length : place;
}

/** The first heading of a page, without its markup. Throws an Error if it has none. */
function titleOf(file: string): string {
  const title = /^# (.+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
  if (title === undefined) throw new Error(`${file}: expected a heading "# …"`);
  return title.replace(/[`*]/g, '');
}
