import type { ArgumentsHost, ExecutionContext } from '@nestjs/common';
import type { Verdict } from '../core/verify/verdict.js';
import { recall, recallLast } from './handler-verdicts.js';
import { firstArgumentOf, requestIn } from './request-in-context.js';

/**
 * The verdict that a signature guard reached, a refused one too; `undefined` if no guard judged it. Only looks it up:
 * verifies nothing, and reserves nothing.
 *
 * Of an `ExecutionContext` (guards, interceptors) it is the verdict for that call of a handler; a verdict of one handler
 * never counts for another. Decide on this one.
 *
 * Of a request (Express's, Fastify's, Node's own: middleware, loggers) it is the last verdict that any guard reached
 * for the request. The same holds for an `ArgumentsHost` that names no handler, as Nest gives to exception filters.
 * This one is for logs: the request may have been judged for another handler.
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

/** Whether a host names a handler: the one that an exception filter is given does not. */
function isContext(host: ArgumentsHost): host is ExecutionContext {
  const { getHandler } = host as Partial<ExecutionContext>;
  return typeof getHandler === 'function' && Boolean(getHandler.call(host));
}
