import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PAGE_FILES, PAGE_HTML, type PageFile } from './page-files.js';

/** Allows files from this server and requests to it only. No script may turn a text into markup. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The frameworks keep the received target here. `url` may have lost its beginning. */
type Received = IncomingMessage & { readonly originalUrl?: string };

/** Answers `GET /signer` and `GET /signer/<file>`, behind any prefix. Passes on every other request. */
export async function servePage(request: Received, response: ServerResponse, next: () => void): Promise<void> {
  const [path = ''] = (request.originalUrl ?? request.url ?? '').split('?', 1);
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === '') {
    // The page names its files relative to /signer, so it does not need the prefix.
    response.writeHead(308, { Location: '../signer' }).end();
    return;
  }
  const file = name === 'signer' ? PAGE_HTML : PAGE_FILES.get(name);
  if (file) await answer(response, file);
  else next();
}

async function answer(response: ServerResponse, { location, type }: PageFile): Promise<void> {
  const content = await readFile(location);
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Cache-Control', 'no-store');
  response.end(content);
}
