import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { SignatureAdmission } from './signature.admission.js';

/**
 * Holds a handler until the hash of a signed request's raw body is known, for routes that have no guard in front and
 * ask `SignerService.verify(request)` themselves. The body itself stays in the request's stream, up to `bodyLimit`, for
 * multer or the handler to read: so let this interceptor come before those that read.
 *
 * It is not what captures the bytes: interceptors run after body parsers and guards. That is done where bytes arrive,
 * for every signed request, as soon as the module is imported.
 *
 * It does not wait for a body that no verdict depends on: without such an Authorization header, under UNSIGNED-PAYLOAD,
 * or if the headers alone refuse the request. Those are rows 1 to 6b of docs/spec.md, such as an unknown key, and row 7
 * if the request declares its body hash. The handler is called at once then, and `SignerService.verify` gives the refusal.
 *
 * @example
 * ```ts
 * @Controller('callbacks')
 * export class CallbacksController {
 *   constructor(private readonly signer: SignerService) {}
 *
 *   @UseInterceptors(RawBodyInterceptor)
 *   @Post()
 *   async callback(@Req() request: object) {
 *     const verdict = await this.signer.verify(request);
 *     return { trusted: verdict.ok };
 *   }
 * }
 * ```
 * @category Sign and verify
 */
@Injectable()
export class RawBodyInterceptor implements NestInterceptor {
  readonly #admission: SignatureAdmission;

  /** @internal Nest makes it. */
  constructor(@Inject(SignatureAdmission) admission: SignatureAdmission) {
    this.#admission = admission;
  }

  /**
   * Throws a SignatureException: BODY_TOO_LARGE beyond `bodyLimit`, HELD_BYTES_EXCEEDED beyond `heldBytes`,
   * BODY_NOT_CAPTURED if the capture is lost while it waits. A loss before that is in the verdict of
   * `SignerService.verify`.
   */
  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    await this.#admission.awaitBody(context);
    return next.handle();
  }
}
