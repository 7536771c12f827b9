import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { Verdict } from '../core/verdict.js';
import { BodyTap } from './body.tap.js';
import { rawRequestOf, requestIn } from './http.request.js';
import { objectMemory, type ObjectMemory } from './object.memory.js';

/** What let a request through to a handler. */
export interface Entry {
  readonly application: unknown;
  readonly type: unknown;
  readonly handler: unknown;
  /** The request that was judged. */
  readonly request: IncomingMessage;
  /** Not `ok` only in mode `'report'`. */
  readonly verdict: Verdict;
}

const onTaps = objectMemory<readonly Entry[]>();
/** Nobody knows what these are. */
const onOthers = new WeakMap<object, readonly Entry[]>();

/** Remembers, for parameter decorators, the verdict with which a request came to a handler; nothing forgets it. */
export function rememberVerdict(
  context: ExecutionContext,
  request: IncomingMessage,
  verdict: Verdict | undefined,
): void {
  const [carrier, memory] = carrierOf(context);
  if (!carrier) return;
  const others = memory.get(carrier)?.filter((entry) => !isFor(entry, context)) ?? [];
  const [application, type, handler] = [applicationOf(context), context.getClass(), context.getHandler()];
  memory.set(carrier, verdict ? [...others, { application, type, handler, request, verdict }] : others);
}

/** What let the request through to this very handler; nothing where no guard did: a skipped or an unguarded one. */
export function recall(context: ExecutionContext): Entry | undefined {
  const [carrier, memory] = carrierOf(context);
  return carrier && memory.get(carrier)?.find((entry) => isFor(entry, context));
}

/** By application, class and handler: one request may meet several (mounting, `next()`, GraphQL fields). */
function isFor({ application, type, handler }: Entry, context: ExecutionContext): boolean {
  return application === applicationOf(context) && type === context.getClass() && handler === context.getHandler();
}

/** Whose request it is just now: Express's application, or Fastify's instance. */
function applicationOf(context: ExecutionContext): unknown {
  const { app, server } = (requestIn(context) ?? {}) as { app?: unknown; server?: unknown };
  return app ?? server;
}

/** An object that the guard and the parameters of one call share: the request's tap, or elsewhere the first argument. */
function carrierOf(context: ExecutionContext): [carrier: object | undefined, memory: ObjectMemory<readonly Entry[]>] {
  const request = rawRequestOf(requestIn(context));
  if (request) return [BodyTap.on(request), onTaps];
  const argument: unknown = context.getArgByIndex(0);
  return [typeof argument === 'object' && argument !== null ? argument : undefined, onOthers];
}
