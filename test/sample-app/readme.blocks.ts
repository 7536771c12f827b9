import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const README = readFileSync('README.md', 'utf8');

/** For the compiler, which may have to share the machine. */
export const PATIENCE = 180_000;

/** The code blocks of a language, in their order. */
export function blocks(language: string): string[] {
  return Array.from(README.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms')), ([, code]) => code!);
}

export function blockWith(language: string, text: string): string {
  return blocks(language).find((code) => code.includes(text))!;
}

/** The first block of code under a heading of a page. Throws an Error if the page has no such heading with code. */
export function blockUnder(page: string, heading: string): string {
  const sections = readFileSync(page, 'utf8').split(/^#+ /m);
  const section = sections.find((each) => each.startsWith(`${heading}\n`));
  const code = /^```\w+\n(.*?)^```$/ms.exec(section ?? '')?.[1];
  if (code === undefined) throw new Error(`${page} has no code under the heading ${heading}`);
  return code;
}

/** The flags that the README gives the compiler. */
const FLAGS = /^npx tsc main\.ts (.*)$/m.exec(blockWith('sh', 'npx tsc'))![1]!.split(' ');

/** An empty folder inside the package, so that the package's name resolves to itself. */
export function emptyFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** Compiles files of a folder as the README does, with more flags. Throws if there is an error in them. */
export function compile(folder: string, names: readonly string[], ...more: string[]): void {
  // Not this package's own configuration, which lies further up.
  const args = ['tsc', ...names, '--ignoreConfig', ...FLAGS, ...more];
  execFileSync('npx', args, { cwd: folder, stdio: 'inherit' });
}

/** A compiled file as the ES module that it is. */
export async function load<M>(folder: string, name: string): Promise<M> {
  return import(pathToFileURL(join(folder, name)).href) as Promise<M>;
}
