import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import type { Refusal, RefusalCode } from '../core/refusal.js';

/**
 * A refusal as an HTTP response: `{ statusCode, error, message, code }`. It tells nothing else about the request or the
 * server. Exception filters recognise it by its class, and the reason by its `code` (docs/spec.md, Checks).
 *
 * @example
 * ```ts
 * @Catch(SignatureException)
 * export class RefusalLog extends BaseExceptionFilter {
 *   readonly #logger = new Logger('RefusalLog');
 *
 *   override catch(exception: SignatureException, host: ArgumentsHost) {
 *     this.#logger.warn(`${exception.code}: ${exception.message}`);
 *     super.catch(exception, host);
 *   }
 * }
 * ```
 * @category Answer refusals
 */
export class SignatureException extends HttpException {
  /** Why the request was refused. Codes are stable, messages are not. */
  readonly code: RefusalCode;

  /**
   * The exception for a refusal. Only the status, the message and the code of the refusal are kept.
   *
   * @param refusal - Why the request was refused.
   */
  constructor({ status, message, code }: Refusal) {
    super({ statusCode: status, error: STATUS_CODES[status], message, code }, status);
    this.code = code;
  }

  /** The content of `errors[].extensions` in the answers of GraphQL servers. */
  get extensions(): {
    /** The code of the refusal. */
    readonly code: RefusalCode;
  } {
    return { code: this.code };
  }
}
