import type { ExecutionContext } from '@nestjs/common';
import type { VerifiedRequest } from '../core/verdict.js';
import { rawRequestOf, requestIn } from './http.request.js';
import { objectMemory, type ObjectMemory } from './object.memory.js';

interface Entry {
  readonly type: unknown;
  readonly handler: unknown;
  readonly verdict: VerifiedRequest;
}

const onRequests = objectMemory<readonly Entry[]>();
/** Nobody knows what these are. */
const onOthers = new WeakMap<object, readonly Entry[]>();

/** Remembers, for parameter decorators, what let a request through to a handler; nothing forgets it. */
export function rememberVerdict(context: ExecutionContext, verdict: VerifiedRequest | undefined): void {
  const [carrier, memory] = carrierOf(context);
  if (!carrier) return;
  const others = memory.get(carrier)?.filter((entry) => !isFor(entry, context)) ?? [];
  const entry = verdict && { type: context.getClass(), handler: context.getHandler(), verdict };
  memory.set(carrier, entry ? [...others, entry] : others);
}

/** What let the request through to this very handler; nothing where no guard did: a skipped or an unguarded one. */
export function recallVerdict(context: ExecutionContext): VerifiedRequest | undefined {
  const [carrier, memory] = carrierOf(context);
  return carrier && memory.get(carrier)?.find((entry) => isFor(entry, context))?.verdict;
}

/** By class and handler: one request may meet several (`next()`, GraphQL fields), each with a policy of its own. */
function isFor(entry: Entry, context: ExecutionContext): boolean {
  return entry.type === context.getClass() && entry.handler === context.getHandler();
}

/** An object that the guard and the parameters of one call share: Node's request, or elsewhere the first argument. */
function carrierOf(context: ExecutionContext): [carrier: object | undefined, memory: ObjectMemory<readonly Entry[]>] {
  const request = rawRequestOf(requestIn(context));
  if (request) return [request, onRequests];
  const argument: unknown = context.getArgByIndex(0);
  return [typeof argument === 'object' && argument !== null ? argument : undefined, onOthers];
}
