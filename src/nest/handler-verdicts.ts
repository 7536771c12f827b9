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

/** The result of a guard for a call of a handler. */
export interface Entry extends Call {
  /** The capture of the judged request. */
  readonly capture: BodyCapture;
  readonly verdict: Verdict;
  /** Whether the handler may be called: the verdict is `ok`, or the mode is `'report'`. */
  readonly isAdmitted: boolean;
}

const onCaptures = new RequestState<readonly Entry[]>();
/** The entries of calls without a request, by the first argument of the call. */
const onOthers = new WeakMap<object, readonly Entry[]>();

/** Keeps the verdict on a request that came to a handler, for as long as the request lives. */
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

/**
 * The entry of this call of a handler. Returns nothing if no guard judged it: the handler is skipped or has no guard.
 */
export function recall(context: ExecutionContext): Entry | undefined {
  const request = requestIn(context);
  const raw = rawRequestOf(request);
  const carrier = raw ? BodyCapture.find(raw) : firstArgumentOf(context);
  const call = { application: applicationOf(request), type: context.getClass(), handler: context.getHandler() };
  return carrier && entriesOn(carrier)?.find((entry) => isForSame(entry, call));
}

/** The last entry of a request, for any handler that it came to. */
export function recallLast(request: object): Entry | undefined {
  const raw = rawRequestOf(request);
  const carrier = raw ? BodyCapture.find(raw) : request;
  return carrier && entriesOn(carrier)?.at(-1);
}

/**
 * Whether application, class and handler are the same. One request may reach several (mounting, `next()`, GraphQL
 * fields).
 */
function isForSame(one: Call, other: Call): boolean {
  return one.application === other.application && one.type === other.type && one.handler === other.handler;
}

/** A value for the application that has the request now: Express and Fastify set a prototype for each application. */
function applicationOf(request: object | undefined): unknown {
  // `request.app` would take a µs behind Express.
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
