import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** For the compiler, which may have to share the machine. */
export const PATIENCE = 180_000;

/** The code blocks of a language in a document, in their order. */
export function blocks(file: string, language: string): string[] {
  const text = readFileSync(file, 'utf8');
  return Array.from(text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms')), ([, code]) => code!);
}

/** The block of a document that has a text in it. Throws an Error if there is none. */
export function blockWith(file: string, language: string, text: string): string {
  const block = blocks(file, language).find((code) => code.includes(text));
  if (block === undefined) throw new Error(`${file}: expected a block (${language}) with ${text}`);
  return block;
}

/** The first block of code under a heading of a page. Throws an Error if the page has no such heading with code. */
export function blockUnder(page: string, heading: string): string {
  const sections = readFileSync(page, 'utf8').split(/^#+ /m);
  const section = sections.find((each) => each.startsWith(`${heading}\n`));
  const code = /^```\w+\n(.*?)^```$/ms.exec(section ?? '')?.[1];
  if (code === undefined) throw new Error(`${page} has no code under the heading ${heading}`);
  return code;
}

/** The flags that the guide gives the compiler. */
const COMPILING = blockWith('docs/guide/getting-started.md', 'sh', 'npx tsc');
const FLAGS = /^npx tsc main\.ts (.*)$/m.exec(COMPILING)![1]!.split(' ');

/** An empty folder inside the package, so that the package's name resolves to itself. */
export function emptyFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** Compiles files of a folder as the guide does, with more flags. Throws if there is an error in them. */
export function compile(folder: string, names: readonly string[], ...more: string[]): void {
  // Not this package's own configuration, which lies further up.
  const args = ['tsc', ...names, '--ignoreConfig', ...FLAGS, ...more];
  execFileSync('npx', args, { cwd: folder, stdio: 'inherit' });
}

/** A compiled file as the ES module that it is. */
export async function load<M>(folder: string, name: string): Promise<M> {
  return import(pathToFileURL(join(folder, name)).href) as Promise<M>;
}
