import type { ArgumentsHost, ExecutionContext } from '@nestjs/common';
import type { Verdict } from '../core/verify/verdict.js';
import { recall, recallLast } from './handler-verdicts.js';
import { firstArgumentOf, requestIn } from './request-in-context.js';

/**
 * The verdict of a signature guard, also if it refused the request. Returns `undefined` if no guard judged the request.
 * It only looks the verdict up: it verifies nothing and reserves nothing.
 *
 * For an `ExecutionContext` (guards, interceptors) it is the verdict for that call of a handler. The verdict of one
 * handler never counts for another. Use this one for decisions.
 *
 * For a request of Express or Fastify, or Node's own (middleware, loggers), it is the last verdict of any guard on the
 * request. The same holds for an `ArgumentsHost` without a handler, which Nest gives to exception filters. Use this one
 * for logs: a guard may have judged the request for another handler.
 *
 * @example
 * ```ts
 * @Injectable()
 * export class CallerLog implements NestInterceptor {
 *   readonly #logger = new Logger('CallerLog');
 *
 *   intercept(context: ExecutionContext, next: CallHandler) {
 *     const verdict = getVerdict(context);
 *     this.#logger.log(verdict?.ok ? `signed by ${verdict.key}` : 'not verified');
 *     return next.handle();
 *   }
 * }
 * ```
 * @category Use the verdict
 */
export function getVerdict(source: ExecutionContext | ArgumentsHost | object): Verdict | undefined {
  if (!isHost(source)) return recallLast(source)?.verdict;
  if (isContext(source)) return recall(source)?.verdict;
  const carrier = requestIn(source) ?? firstArgumentOf(source);
  return carrier && recallLast(carrier)?.verdict;
}

function isHost(source: unknown): source is ArgumentsHost {
  const { getArgByIndex } = (source ?? {}) as Partial<ArgumentsHost>;
  return typeof getArgByIndex === 'function';
}

/** Whether a host names a handler. The host of an exception filter does not. */
function isContext(host: ArgumentsHost): host is ExecutionContext {
  const { getHandler } = host as Partial<ExecutionContext>;
  return typeof getHandler === 'function' && Boolean(getHandler.call(host));
}
