import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const OTHERS = new Set(['node_modules', 'dist', 'coverage', '.git', '.changeset', 'cache']);

/** The files of the repository whose names end so, by their paths; without what is built or installed. */
export function filesOf(ending: RegExp, folder = '.'): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return OTHERS.has(entry.name) ? [] : filesOf(ending, path);
    return ending.test(entry.name) ? path : [];
  });
}
