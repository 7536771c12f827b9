// The metadata keys that Nest's decorators use. Nest does not export these names publicly.
export const PATH = 'path';
export const METHOD = 'method';
export const HOST = 'host';
export const VERSION = '__version__';
export const GUARDS = '__guards__';
/** The metadata key of `@RouteConstraints()` of @nestjs/platform-fastify. */
export const CONSTRAINTS = '__fastify_route_constraints__';
export const MESSAGE_OF_GATEWAY = 'websockets:message_mapping';
export const MESSAGE_OF_MICROSERVICE = 'microservices:pattern';
/** Of `@ResolveField()` of @nestjs/graphql. */
export const GRAPHQL_FIELD = 'graphql:resolve_property';
/** The provider of the options of GraphQLModule. */
export const GRAPHQL_OPTIONS = 'GqlModuleOptions';
