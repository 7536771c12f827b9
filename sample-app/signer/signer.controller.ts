import { readFile } from 'node:fs/promises';
import { Controller, Get, Header, NotFoundException, Param, StreamableFile } from '@nestjs/common';
import { SkipApigSignature } from 'nestjs-apig-signature';
import { PAGE_FILES } from './signer.files.js';

/** Files from here and requests to here, nothing else; and no text may become markup, whatever a script does. */
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

/**
 * A page to sign requests on, for development. It signs in the browser: no route here takes a secret or an address, and
 * none gives away what the server knows.
 */
@SkipApigSignature()
@Controller('signer')
export class SignerController {
  @Get()
  @Header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
  @Header('Referrer-Policy', 'no-referrer')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Cache-Control', 'no-store')
  page(): Promise<StreamableFile> {
    return this.file('index.html');
  }

  @Get(':name')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Cache-Control', 'no-store')
  async file(@Param('name') name: string): Promise<StreamableFile> {
    const file = PAGE_FILES.get(name);
    if (!file) throw new NotFoundException();
    return new StreamableFile(await readFile(file.location), { type: file.type });
  }
}
