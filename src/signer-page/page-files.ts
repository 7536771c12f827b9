import { extname, join } from 'node:path';
import { FOLDER } from './folder.cjs';

/** The build's ES modules, from either build: browsers load no CommonJS. */
const MODULES = join(FOLDER, '../../esm');
const PAGE = join(MODULES, 'signer-page/page');
const CORE = join(MODULES, 'core');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file of the signing page: where it lies, and its media type. */
export interface PageFile {
  readonly location: string;
  readonly type: string;
}

export const PAGE_HTML = fileAt(PAGE, 'index.html');

/** All files that the page loads, by name. A name from outside is looked up here and never becomes part of a path. */
export const PAGE_FILES: ReadonlyMap<string, PageFile> = new Map([
  ...filesIn(PAGE, 'icon.svg', 'signer.css', 'form.css', 'results.css'),
  ...filesIn(PAGE, 'signer.js', 'answer.js', 'copying.js', 'fields.js', 'json.js', 'memory.js', 'sending.js'),
  ...filesIn(PAGE, 'signing.js', 'texts.js', 'language.js', 'chinese.js', 'chinese-remedies.js'),
  ...filesIn(join(CORE, 'scheme'), 'canonical-request.js', 'wire-text.js'),
  ...filesIn(CORE, 'curl-command.js', 'refusal-remedies.js'),
]);

function filesIn(folder: string, ...names: string[]): [string, PageFile][] {
  return names.map((name) => [name, fileAt(folder, name)]);
}

function fileAt(folder: string, name: string): PageFile {
  return { location: join(folder, name), type: TYPES[extname(name)]! };
}
