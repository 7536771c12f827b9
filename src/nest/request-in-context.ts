import type { ArgumentsHost } from '@nestjs/common';
import { rawRequestOf } from '../http/node-request.js';

/** What a GraphQL context has: the request; of a subscription, what graphql-ws keeps, with the request of the handshake. */
interface GraphqlContext {
  readonly req?: (object & { readonly extra?: { readonly request?: object } }) | undefined;
}

/** The framework's request in a context of HTTP or GraphQL; nothing for any other. */
export function requestIn(context: ArgumentsHost): object | undefined {
  const type = context.getType<string>();
  // Not by switchToHttp(), which makes three functions and puts them on the context, each time.
  if (type === 'http') return context.getArgByIndex<object>(0);
  // Read without importing @nestjs/graphql: its context object is the third argument of a resolver.
  if (type === 'graphql') {
    const req = context.getArgByIndex<GraphqlContext | undefined>(2)?.req;
    return rawRequestOf(req) ? req : (req?.extra?.request ?? req);
  }
  return undefined;
}

/** The first argument of a call, if it is an object: what all parts of a call share where there is no request. */
export function firstArgumentOf(context: ArgumentsHost): object | undefined {
  const argument: unknown = context.getArgByIndex(0);
  return typeof argument === 'object' && argument !== null ? argument : undefined;
}
