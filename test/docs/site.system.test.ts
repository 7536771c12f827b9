import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../support/processes.js';

/** Inside the repository, so that the site's configuration finds the packages that it imports. */
const FOLDER = 'dist/site-of-tests';
const PATIENCE = 180_000;

/** Builds a site of a few pages with the configuration of the real one. */
async function build(pages: Readonly<Record<string, string>>) {
  rmSync(FOLDER, { recursive: true, force: true });
  cpSync('docs/.vitepress', join(FOLDER, 'docs/.vitepress'), { recursive: true });
  cpSync('package.json', join(FOLDER, 'package.json'));
  for (const [path, text] of Object.entries({ 'index.md': '# Home', 'zh/index.md': '# 首页', ...pages })) {
    mkdirSync(dirname(join(FOLDER, 'docs', path)), { recursive: true });
    writeFileSync(join(FOLDER, 'docs', path), text);
  }
  const { status, stdout, stderr } = await run('npx', ['vitepress', 'build', 'docs'], { cwd: FOLDER });
  return { status, output: `${String(stdout)}${String(stderr)}` };
}

describe('the build of the site', () => {
  it(
    'writes each page outside docs/, with the links that lead out of docs/',
    async () => {
      const pages = {
        'guide/keys.md':
          '# Keys\n\n[other](options.md#the-list), [source](../../src/index.ts), [rule](../../SECURITY.md)',
        'guide/options.md': '# Options\n\n## The list\n\n`{{ not a template }}`',
        'zh/guide/keys.md': '# 密钥\n\n[英文](../../guide/keys.md)',
      };
      expect(await build(pages)).toMatchObject({ status: 0 });
      const site = join(FOLDER, 'dist/site');
      const keys = readFileSync(join(site, 'guide/keys.html'), 'utf8');
      expect(keys).toContain('href="./options.html#the-list"');
      expect(keys).not.toMatch(/href="[^"]*\.\.\/\.\.\//);
      expect(readFileSync(join(site, 'zh/guide/keys.html'), 'utf8')).toContain('lang="zh-CN"');
      expect(readFileSync(join(site, 'guide/options.html'), 'utf8')).toContain('{{ not a template }}');
      expect(existsSync(join(FOLDER, 'docs/.vitepress/dist'))).toBe(false);
      // Nothing is loaded from elsewhere.
      expect(keys.match(/<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?\/\/[^"]*"/g)).toBeNull();
    },
    PATIENCE,
  );

  it(
    'fails at a dead link, and names the page',
    async () => {
      const { status, output } = await build({ 'guide/keys.md': '# Keys\n\n[gone](no-such-page.md)' });
      expect(status).not.toBe(0);
      expect(output).toMatch(/dead link/i);
      expect(output).toContain('guide/keys.md');
    },
    PATIENCE,
  );
});
