import type { ExecutionContext } from '@nestjs/common';
import type { Verdict } from '../core/verify/verdict.js';
import { BodyCapture } from '../http/body-capture.js';
import { rawRequestOf } from '../http/node-request.js';
import { firstArgumentOf, requestIn } from './request-in-context.js';
import { RequestState } from '../http/request-state.js';

/** Which handler was called. */
interface Call {
  readonly application: unknown;
  readonly type: unknown;
  readonly handler: unknown;
}

/** What a guard found out for a call of a handler. */
export interface Entry extends Call {
  /** Of the request that was judged. */
  readonly capture: BodyCapture;
  readonly verdict: Verdict;
  /** Whether the handler may be called: if the verdict is `ok`, or in mode `'report'`. */
  readonly isAdmitted: boolean;
}

const onCaptures = new RequestState<readonly Entry[]>();
/** By the first argument of a call that has no request. */
const onOthers = new WeakMap<object, readonly Entry[]>();

/** Remembers the verdict on a request that came to a handler; nothing forgets it. */
export function keepVerdict(
  context: ExecutionContext,
  request: object | undefined,
  { capture, verdict, isAdmitted }: Pick<Entry, 'capture' | 'verdict' | 'isAdmitted'>,
): void {
  const application = applicationOf(request);
  const entry = { application, type: context.getClass(), handler: context.getHandler(), capture, verdict, isAdmitted };
  keepEntry(capture, entry);
  const argument = request ? undefined : firstArgumentOf(context);
  if (argument) keepEntry(argument, entry);
}

/** What was found out for this very handler; nothing where no guard asked: a skipped or an unguarded one. */
export function recall(context: ExecutionContext): Entry | undefined {
  const request = requestIn(context);
  const raw = rawRequestOf(request);
  const carrier = raw ? BodyCapture.find(raw) : firstArgumentOf(context);
  const call = { application: applicationOf(request), type: context.getClass(), handler: context.getHandler() };
  return carrier && entriesOn(carrier)?.find((entry) => isForSame(entry, call));
}

/** What was found out last for any handler that a request came to. */
export function recallLast(request: object): Entry | undefined {
  const raw = rawRequestOf(request);
  const carrier = raw ? BodyCapture.find(raw) : request;
  return carrier && entriesOn(carrier)?.at(-1);
}

/** By application, class and handler: one request may meet several (mounting, `next()`, GraphQL fields). */
function isForSame(one: Call, other: Call): boolean {
  return one.application === other.application && one.type === other.type && one.handler === other.handler;
}

/** Whose request it is just now: Express and Fastify give the requests of each application a prototype of their own. */
function applicationOf(request: object | undefined): unknown {
  // Not by `request.app`: behind Express a look-up takes a µs.
  return request && Object.getPrototypeOf(request);
}

function entriesOn(carrier: object): readonly Entry[] | undefined {
  return carrier instanceof BodyCapture ? onCaptures.get(carrier) : onOthers.get(carrier);
}

function keepEntry(carrier: object, entry: Entry): void {
  const others = entriesOn(carrier)?.filter((each) => !isForSame(each, entry));
  const entries = others ? [...others, entry] : [entry];
  if (carrier instanceof BodyCapture) onCaptures.set(carrier, entries);
  else onOthers.set(carrier, entries);
}
