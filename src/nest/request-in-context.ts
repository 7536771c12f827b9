import type { ArgumentsHost } from '@nestjs/common';
import { rawRequestOf } from '../http/node-request.js';

/** The request in a GraphQL context. The context of a subscription has the request of the connection's handshake. */
interface GraphqlContext {
  /** The request in Apollo. For a subscription it is the connection's data of graphql-ws. */
  readonly req?: (object & { readonly extra?: { readonly request?: object } }) | undefined;
  /** The request in Mercurius, for a subscription. */
  readonly request?: object | undefined;
}

/** The framework's request in a context of HTTP or GraphQL. Returns nothing for another context. */
export function requestIn(context: ArgumentsHost): object | undefined {
  const type = context.getType<string>();
  // switchToHttp() would make three functions each time, and put them on the context.
  if (type === 'http') return context.getArgByIndex<object>(0);
  // This works without @nestjs/graphql: its context object is the third argument of a resolver.
  if (type === 'graphql') {
    const { req, request } = context.getArgByIndex<GraphqlContext | undefined>(2) ?? {};
    return [req, req?.extra?.request, request].find((each) => rawRequestOf(each));
  }
  return undefined;
}

/** The first argument of a call, if it is an object. All parts of a call without a request share this argument. */
export function firstArgumentOf(context: ArgumentsHost): object | undefined {
  const argument: unknown = context.getArgByIndex(0);
  return typeof argument === 'object' && argument !== null ? argument : undefined;
}
