import type { ArgumentsHost } from '@nestjs/common';
import { rawRequestOf } from '../http/node-request.js';

/** Where a GraphQL context keeps its request. A subscription's has that of the connection's handshake. */
interface GraphqlContext {
  /** Apollo's; for a subscription what graphql-ws keeps of the connection. */
  readonly req?: (object & { readonly extra?: { readonly request?: object } }) | undefined;
  /** Mercurius', for a subscription. */
  readonly request?: object | undefined;
}

/** The framework's request in a context of HTTP or GraphQL; nothing for any other. */
export function requestIn(context: ArgumentsHost): object | undefined {
  const type = context.getType<string>();
  // Not by switchToHttp(), which makes three functions and puts them on the context, each time.
  if (type === 'http') return context.getArgByIndex<object>(0);
  // Read without importing @nestjs/graphql: its context object is the third argument of a resolver.
  if (type === 'graphql') {
    const { req, request } = context.getArgByIndex<GraphqlContext | undefined>(2) ?? {};
    return [req, req?.extra?.request, request].find((each) => rawRequestOf(each));
  }
  return undefined;
}

/** The first argument of a call, if it is an object: what all parts of a call share in a context without a request. */
export function firstArgumentOf(context: ArgumentsHost): object | undefined {
  const argument: unknown = context.getArgByIndex(0);
  return typeof argument === 'object' && argument !== null ? argument : undefined;
}
