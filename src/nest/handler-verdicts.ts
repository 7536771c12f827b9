import type { ExecutionContext } from '@nestjs/common';
import type { Verdict } from '../core/verify/verdict.js';
import { BodyCapture } from '../http/body-capture.js';
import { rawRequestOf } from '../http/node-request.js';
import { firstArgumentOf, requestIn } from './request-in-context.js';
import { RequestState } from '../http/request-state.js';

/** What a guard found out for a call of a handler. */
export interface Entry {
  readonly application: unknown;
  readonly type: unknown;
  readonly handler: unknown;
  /** Of the request that was judged. */
  readonly capture: BodyCapture;
  readonly verdict: Verdict;
  /** Whether the handler may be called: if the verdict is `ok`, or in mode `'report'`. */
  readonly isAdmitted: boolean;
}

const onCaptures = new RequestState<readonly Entry[]>();
/** Nobody knows what these are. */
const onOthers = new WeakMap<object, readonly Entry[]>();

/** Remembers the verdict on a request that came to a handler; nothing forgets it. */
export function keepVerdict(context: ExecutionContext, found: Pick<Entry, 'capture' | 'verdict' | 'isAdmitted'>): void {
  const entry = {
    application: applicationOf(context),
    type: context.getClass(),
    handler: context.getHandler(),
    ...found,
  };
  keepEntry(found.capture, entry, context);
  const argument = requestIn(context) ? undefined : firstArgumentOf(context);
  if (argument) keepEntry(argument, entry, context);
}

/** What was found out for this very handler; nothing where no guard asked: a skipped or an unguarded one. */
export function recall(context: ExecutionContext): Entry | undefined {
  const carrier = carrierOf(context);
  return carrier && entriesOn(carrier)?.find((entry) => isFor(entry, context));
}

/** What was found out last for any handler that a request came to. */
export function recallLast(request: object): Entry | undefined {
  const raw = rawRequestOf(request);
  const carrier = raw ? BodyCapture.find(raw) : request;
  return carrier && entriesOn(carrier)?.at(-1);
}

function carrierOf(context: ExecutionContext): object | undefined {
  const request = rawRequestOf(requestIn(context));
  return request ? BodyCapture.find(request) : firstArgumentOf(context);
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

function entriesOn(carrier: object): readonly Entry[] | undefined {
  return carrier instanceof BodyCapture ? onCaptures.get(carrier) : onOthers.get(carrier);
}

function keepEntry(carrier: object, entry: Entry, context: ExecutionContext): void {
  const others = entriesOn(carrier)?.filter((each) => !isFor(each, context));
  keepEntries(carrier, others ? [...others, entry] : [entry]);
}

function keepEntries(carrier: object, entries: readonly Entry[]): void {
  if (carrier instanceof BodyCapture) onCaptures.set(carrier, entries);
  else onOthers.set(carrier, entries);
}
