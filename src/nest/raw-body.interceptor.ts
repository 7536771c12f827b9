import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { SignatureAdmission } from './signature-admission.js';

/**
 * Holds a handler until the hash of a signed request's raw body is known. It is for routes that have no guard and call
 * `SignerService.verify(request)` themselves. The body itself stays in the request's stream, up to `bodyLimit`. Put
 * this interceptor before those that read the body, such as multer's.
 *
 * It does not capture the bytes, because interceptors run after body parsers and guards. The imported module captures
 * them where they arrive, for every signed request.
 *
 * It does not wait for a body that the verdict does not depend on. That is a request without such an Authorization
 * header, with UNSIGNED-PAYLOAD, or refused because of its headers alone. Those refusals are rows 1 to 6b of
 * docs/spec.md, and row 7 if the request declares its body hash. Then the handler is called at once, and
 * `SignerService.verify` gives the verdict.
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
