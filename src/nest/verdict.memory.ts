import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { Verdict } from '../core/verdict.js';
import { BodyTap } from './body.tap.js';
import { rawRequestOf, requestIn } from './http.request.js';
import { TapMemory } from './tap.memory.js';

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

const onTaps = new TapMemory<readonly Entry[]>();
/** Nobody knows what these are. */
const onOthers = new WeakMap<object, readonly Entry[]>();

/** Remembers, for parameter decorators, the verdict with which a request came to a handler; nothing forgets it. */
export function rememberVerdict(
  context: ExecutionContext,
  request: IncomingMessage,
  verdict: Verdict | undefined,
): void {
  const others = entriesIn(context)?.filter((entry) => !isFor(entry, context));
  if (!verdict) return others && keepEntries(context, others);
  const type = context.getClass();
  const handler = context.getHandler();
  const entry = { application: applicationOf(context), type, handler, request, verdict };
  keepEntries(context, others ? [...others, entry] : [entry]);
}

/** What let the request through to this very handler; nothing where no guard did: a skipped or an unguarded one. */
export function recall(context: ExecutionContext): Entry | undefined {
  return entriesIn(context)?.find((entry) => isFor(entry, context));
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

/** They are kept with what the guard and the parameters of one call share: the request, or elsewhere the first argument. */
function entriesIn(context: ExecutionContext): readonly Entry[] | undefined {
  const request = rawRequestOf(requestIn(context));
  if (request) return onTaps.get(BodyTap.on(request));
  const argument: unknown = context.getArgByIndex(0);
  return isObject(argument) ? onOthers.get(argument) : undefined;
}

function keepEntries(context: ExecutionContext, entries: readonly Entry[]): void {
  const request = rawRequestOf(requestIn(context));
  const argument: unknown = context.getArgByIndex(0);
  if (request) onTaps.set(BodyTap.on(request), entries);
  else if (isObject(argument)) onOthers.set(argument, entries);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
