import type { ExecutionContext } from '@nestjs/common';

/** The framework's request in a context of HTTP or GraphQL; nothing for any other. */
export function requestIn(context: ExecutionContext): object | undefined {
  const type = context.getType<string>();
  // Not by switchToHttp(), which makes three functions and puts them on the context, each time.
  if (type === 'http') return context.getArgByIndex<object>(0);
  // Read without importing @nestjs/graphql: its context object is the third argument of a resolver.
  if (type === 'graphql') return context.getArgByIndex<{ req?: object } | undefined>(2)?.req;
  return undefined;
}
