import type { ServerResponse } from 'node:http';
import { All, Controller, Req, Res } from '@nestjs/common';
import { RequireApigSignature, VerifiedSignature, type VerifiedRequest } from '../../src/index.js';
import { restOf, type FrameworkRequest } from './echo.controller.js';

/** Answers that it was called, and only then reads the body. */
@RequireApigSignature()
@Controller('upload')
export class UploadController {
  @All()
  async upload(
    @Req() request: FrameworkRequest,
    @Res() reply: ServerResponse & { readonly raw?: ServerResponse },
    @VerifiedSignature() caller: VerifiedRequest,
  ): Promise<void> {
    const response = reply.raw ?? reply;
    response.write(`body verified: ${String(caller.bodyVerified)}`);
    response.end((await restOf(request)).sha256);
  }

  @RequireApigSignature({ unsignedPayload: 'refuse' })
  @All('signed')
  signed(): string {
    return 'signed';
  }
}
