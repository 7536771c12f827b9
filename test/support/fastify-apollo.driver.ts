import { ApolloServer, HeaderMap, type ApolloServerOptionsWithSchema, type BaseContext } from '@apollo/server';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Nest's own driver, with the route that the package @as-integrations/fastify would add. */
export class FastifyApolloDriver extends ApolloDriver {
  protected override async registerFastify(options: ApolloDriverConfig): Promise<void> {
    const server = new ApolloServer(options as object as ApolloServerOptionsWithSchema<BaseContext>);
    await server.start();
    this.apolloServer = server;
    const contextOf = options.context as (request: FastifyRequest) => Promise<BaseContext>;
    this.httpAdapterHost.httpAdapter.getInstance<FastifyInstance>().route({
      method: ['GET', 'POST'],
      url: options.path!,
      handler: async (request, reply) => {
        const { method, url, body } = request;
        const [, search = ''] = url.split('?');
        const headers = new HeaderMap(Object.entries(request.headers) as [string, string][]);
        const response = await server.executeHTTPGraphQLRequest({
          httpGraphQLRequest: { method, headers, search, body },
          context: () => contextOf(request),
        });
        void reply.code(response.status ?? 200).headers(Object.fromEntries(response.headers));
        return response.body.kind === 'complete' ? response.body.string : undefined;
      },
    });
  }
}
