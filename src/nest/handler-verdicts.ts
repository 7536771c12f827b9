import type { ExecutionContext } from '@nestjs/common';
import type { Verdict } from '../core/verify/verdict.js';
import { BodyCapture } from '../http/body-capture.js';
import { rawRequestOf } from '../http/node-request.js';
import { requestIn } from './request-in-context.js';
import { RequestState } from '../http/request-state.js';

/** What let a request through to a handler. */
export interface Entry {
  readonly application: unknown;
  readonly type: unknown;
  readonly handler: unknown;
  /** Of the request that was judged. */
  readonly capture: BodyCapture;
  /** Not `ok` only in mode `'report'`. */
  readonly verdict: Verdict;
}

const onCaptures = new RequestState<readonly Entry[]>();
/** Nobody knows what these are. */
const onOthers = new WeakMap<object, readonly Entry[]>();

/** Remembers, for parameter decorators, the verdict with which a request came to a handler; nothing forgets it. */
export function keepVerdict(context: ExecutionContext, capture: BodyCapture, verdict: Verdict | undefined): void {
  const carrier = requestIn(context) ? capture : firstArgumentOf(context);
  if (!carrier) return;
  const others = entriesOn(carrier)?.filter((entry) => !isFor(entry, context));
  if (!verdict) return others && keepEntries(carrier, others);
  const type = context.getClass();
  const handler = context.getHandler();
  const entry = { application: applicationOf(context), type, handler, capture, verdict };
  keepEntries(carrier, others ? [...others, entry] : [entry]);
}

/** What let the request through to this very handler; nothing where no guard did: a skipped or an unguarded one. */
export function recall(context: ExecutionContext): Entry | undefined {
  const request = rawRequestOf(requestIn(context));
  const carrier = request ? BodyCapture.on(request) : firstArgumentOf(context);
  return carrier && entriesOn(carrier)?.find((entry) => isFor(entry, context));
}

/** By application, class and handler: one request may meet several (mounting, `next()`, GraphQL fields). */
function isFor({ application, type, handler }: Entry, context: ExecutionContext): boolean {
  return application === applicationOf(context) && type === context.getClass() && handler === context.getHandler();
}

/** Whose request it is just now: Express's application, or Fastify's instance. */
function applicationOf(context: ExecutionContext): unknown {
  const request = (requestIn(context) ?? {}) as { app?: unknown; server?: unknown };
  return request.app ?? request.server;
}

/** What the guard and the parameters of one call share where there is no request: their first argument. */
function firstArgumentOf(context: ExecutionContext): object | undefined {
  const argument: unknown = context.getArgByIndex(0);
  return typeof argument === 'object' && argument !== null ? argument : undefined;
}

function entriesOn(carrier: object): readonly Entry[] | undefined {
  return carrier instanceof BodyCapture ? onCaptures.get(carrier) : onOthers.get(carrier);
}

function keepEntries(carrier: object, entries: readonly Entry[]): void {
  if (carrier instanceof BodyCapture) onCaptures.set(carrier, entries);
  else onOthers.set(carrier, entries);
}
