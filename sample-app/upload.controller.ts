import { createHash } from 'node:crypto';
import { Controller, ParseFilePipe, Post, UploadedFile, UseInterceptors } from '@nestjs/common';
import { VerifiedSignature, type VerifiedRequest } from 'nestjs-apig-signature';
import { UploadInterceptor } from './upload.interceptor.js';

@Controller('upload')
export class UploadController {
  /** Takes a form with one file in the field `file`, and tells what arrived. */
  @Post()
  @UseInterceptors(UploadInterceptor)
  upload(
    @UploadedFile(new ParseFilePipe()) file: Express.Multer.File,
    @VerifiedSignature() { key, bodyVerified }: VerifiedRequest,
  ) {
    const sha256 = createHash('sha256').update(file.buffer).digest('hex');
    // Not verified: a body that the gateway found too large to sign, and sent as UNSIGNED-PAYLOAD.
    return { name: file.originalname, bytes: file.size, sha256, key, bodyVerified };
  }
}
