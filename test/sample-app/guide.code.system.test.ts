import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { built } from '../support/programs.js';
import { compile, emptyFolder, PATIENCE, write } from './readme.blocks.js';

built('dist/esm/index.js');

const FOLDER = 'dist/guide-code';
const PAGES = ['bodies', 'deployment', 'replay', 'websockets-and-hybrid'];

/** The blocks that are whole files, of all pages. */
const files = PAGES.flatMap((page) =>
  Array.from(
    readFileSync(`docs/guide/${page}.md`, 'utf8').matchAll(/^```ts\n(import .*?)^```$/gms),
    ([, code], at) => ({
      name: `${page}-${at}.ts`,
      code: code!,
    }),
  ),
);

it(
  'compiles each complete block of the guide under strict rules',
  () => {
    expect(files.length).toBeGreaterThan(5);
    emptyFolder(FOLDER);
    write(FOLDER, Object.fromEntries(files.map(({ name, code }) => [name, code])));
    const names = files.map(({ name }) => name);
    compile(FOLDER, names, '--strict', '--isolatedModules', '--skipLibCheck');
  },
  PATIENCE,
);
