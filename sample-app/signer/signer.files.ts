import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where the page's own files lie: in the source folder, so that a change shows when the page is loaded again. */
const PAGE = new URL('../../../sample-app/signer/page/', pathToFileURL(import.meta.filename));

/** Where the package's modules lie. Three of them import nothing, and browsers load them as they are. */
const CORE = new URL('.', import.meta.resolve('nestjs-apig-signature/core'));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file of the signing page, and what to say that it is. */
export interface PageFile {
  readonly location: URL;
  readonly type: string;
}

/** All files of the signing page, by name. A name from outside is looked up here and never becomes part of a path. */
export const PAGE_FILES: ReadonlyMap<string, PageFile> = new Map([
  ...filesIn(PAGE, 'index.html', 'icon.svg', 'signer.css'),
  ...filesIn(PAGE, 'signer.js', 'answer.js', 'copying.js', 'fields.js', 'memory.js', 'sending.js'),
  ...filesIn(PAGE, 'signing.js', 'texts.js'),
  ...filesIn(new URL('scheme/', CORE), 'canonical-request.js', 'wire-text.js'),
  ...filesIn(CORE, 'curl-command.js'),
]);

function filesIn(folder: URL, ...names: string[]): [string, PageFile][] {
  return names.map((name) => [name, { location: new URL(name, folder), type: TYPES[extname(name)]! }]);
}
