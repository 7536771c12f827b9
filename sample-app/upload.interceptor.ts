import { promisify } from 'node:util';
import {
  HttpException,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import multer, { type MulterError } from 'multer';

const LARGEST_FILE = 32 * 2 ** 20;

const readFile = promisify<Request, Response>(multer({ limits: { fileSize: LARGEST_FILE } }).single('file'));

/**
 * Multer on either platform, for one field called `file`. An application that is on Express only needs no class of its
 * own: Nest's `FileInterceptor('file')` does the same.
 */
@Injectable()
export class UploadInterceptor implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler) {
    const http = context.switchToHttp();
    const request = http.getRequest<Request & { raw?: Request }>();
    // Multer reads Node's own request. Express's is one; Fastify keeps it in `raw`.
    const raw = request.raw ?? request;
    await readFile(raw, http.getResponse<Response>()).catch((error: unknown) => {
      const { code, message } = error as MulterError;
      throw new HttpException(message, code === 'LIMIT_FILE_SIZE' ? 413 : 400);
    });
    request.file = raw.file; // where @UploadedFile() looks for it
    return next.handle();
  }
}
