import { VERSION_NEUTRAL, VersioningType, type VersioningOptions } from '@nestjs/common';
import type { LostMark } from '../route-policy.js';
import type { DeclaredHandler, MessageHandler } from './declared-handlers.js';
import { pathAbove, takesWithSlash } from './route-paths.js';

/** The most names in one line. */
const MOST_NAMES = 10;

/** The text of a warning at the start. `undefined`: there is no reason to warn. */
export type Warning = string | undefined;

/** The warning about a class with HTTP routes that has a skip because of its message handlers. */
export function openedRoutesWarning(messages: readonly MessageHandler[]): Warning {
  const opened = messages.flatMap(({ routesOpenedByClass }) => routesOpenedByClass.map((name) => ({ name })));
  return opened.length === 0
    ? undefined
    : `@SkipApigSignature() on a class with message handlers opens its HTTP routes too: ${namesOf(opened)}. Mark the ` +
        'handlers that need no signature instead of the class';
}

/** The warning about messages without global guards: those of WebSocket gateways, before Nest 12. */
export function unguardedMessagesWarning(messages: readonly MessageHandler[], guardsGateways: boolean): Warning {
  const unguarded = messages.filter((message) => message.isOfGateway && message.isGuardedGloballyOnly);
  return guardsGateways || unguarded.length === 0
    ? undefined
    : `This version of Nest calls no global guard for the messages of a WebSocket gateway: ${namesOf(unguarded)}. ` +
        'Put @RequireApigSignature() on the gateway, and set getRequest';
}

/**
 * Warnings about handlers that a header selects, if the signature need not cover the header. `hasConstraints`: whether
 * the router reads `@RouteConstraints()`. It is not known what a constraint of the application's own reads.
 */
export function unsignedChoiceWarnings(
  handlers: readonly DeclaredHandler[],
  versioning: VersioningOptions | undefined,
  hasConstraints: boolean,
): string[] {
  const choices = signedOnes(handlers).flatMap((handler) =>
    headersThatChoose(handler, versioning, hasConstraints ? handler.constraints : []).map((header) => ({
      header,
      handler,
    })),
  );
  const open = choices.filter(
    ({ header, handler: { policy } }) =>
      !policy.requiredSignedHeaders.includes(header) && !policy.signedIfPresent.includes(header),
  );
  const warnings = [...new Set(open.map(({ header }) => header))].map((header) => {
    const names = namesOf(open.filter((choice) => choice.header === header).map(({ handler }) => handler));
    return (
      `The header ${header} chooses whether ${names} gets a request, and need not be signed: anyone on the way may ` +
      `choose another. Set requiredSignedHeaders: ['${header}']`
    );
  });
  const constrained = signedOnes(handlers).filter(
    ({ constraints, policy }) => constraints.some(isOwnConstraint) && policy.requiredSignedHeaders.length === 0,
  );
  return !hasConstraints || constrained.length === 0
    ? warnings
    : [
        ...warnings,
        `A constraint of your own (@RouteConstraints) chooses whether ${namesOf(constrained)} gets a request: anyone on ` +
          'the way may choose another if the constraint reads a header that is not signed. Set requiredSignedHeaders',
      ];
}

function isOwnConstraint(constraint: string): boolean {
  return constraint !== 'host' && constraint !== 'version';
}

/** Warnings about methods that seem to have a decorator of this package, but are called without it. */
export function lostMarkWarnings(lost: readonly LostMark[], handlers: readonly DeclaredHandler[]): string[] {
  const isOpen = ({ name }: LostMark) =>
    handlers.some((handler) => handler.name === name && handler.protection === 'unguarded');
  const replaced = lost.filter(({ by }) => by === 'decorator');
  const overriding = lost.filter((each) => each.by === 'override' && isOpen(each));
  return [
    replaced.length === 0
      ? []
      : `@RequireApigSignature() or @SkipApigSignature() has no effect at ${namesOf(replaced)}: a decorator above it put ` +
        'another function in place of the method. Write it above that decorator',
    overriding.length === 0
      ? []
      : `No signature is required at ${namesOf(overriding)}, which overrides a method under @RequireApigSignature(): a ` +
        'method does not inherit decorators. Write it there too, or on the class',
  ].flat();
}

/** For marked fields of GraphQL that no guard is called for. */
export function unguardedFieldsWarning(fields: readonly { readonly name: string }[]): Warning {
  return fields.length === 0
    ? undefined
    : `@RequireApigSignature() has no effect at ${namesOf(fields)}: Nest calls guards for the fields of GraphQL only with ` +
        "fieldResolverEnhancers: ['guards'] in GraphQLModule.forRoot()";
}

/**
 * The warning about two handlers that differ in a final slash. No signature covers the slash. If a router does not take
 * `/files/a/` for the route `/files/a`, it takes it for `/files/*`. It may take `/files/` for an empty `:id`
 * (`mayBeEmpty`).
 */
export function finalSlashWarning(handlers: readonly DeclaredHandler[], mayBeEmpty: 'wildcard' | 'parameter'): Warning {
  // A route of fixed text comes before all others.
  const hasOwnRoute = (path: string, like: DeclaredHandler) =>
    !path.includes(':') && handlers.some((each) => each.paths.includes(path) && haveCommonMethod(each, like));
  const pairs = signedOnes(handlers).flatMap((longer) =>
    handlers
      .filter((shorter) => shorter !== longer && haveCommonMethod(shorter, longer))
      .filter((shorter) =>
        longer.paths.some((path) => {
          const isNearer = hasOwnRoute(pathAbove(path), longer) && !shorter.paths.includes(pathAbove(path));
          return shorter.paths.some((other) => takesWithSlash(path, other, mayBeEmpty, isNearer));
        }),
      )
      .map((shorter) => ({ name: `${shorter.name} and ${longer.name}` })),
  );
  return pairs.length === 0
    ? undefined
    : `A final slash, which no signature covers, leads from one handler to another: ` +
        `${namesOf(pairs)}. Set routerOptions: { ignoreTrailingSlash: true } of FastifyAdapter`;
}

/** A route for GET serves HEAD too. */
export function haveCommonMethod(one: DeclaredHandler, other: DeclaredHandler): boolean {
  const methods = [one.method, other.method];
  return methods[0] === methods[1] || methods.includes('ALL') || (methods.includes('GET') && methods.includes('HEAD'));
}

/** The handlers that a signature is required for. */
export function signedOnes(handlers: readonly DeclaredHandler[]): DeclaredHandler[] {
  return handlers.filter(({ protection }) => protection === 'signed');
}

function headersThatChoose(
  handler: DeclaredHandler,
  versioning: VersioningOptions | undefined,
  constraints: readonly string[],
): string[] {
  const byHost = handler.host === undefined && !constraints.includes('host') ? [] : ['host'];
  const version = handler.version ?? versioning?.defaultVersion;
  const isVersioned = (version !== undefined && version !== VERSION_NEUTRAL) || constraints.includes('version');
  if (isVersioned && versioning?.type === VersioningType.HEADER) return [...byHost, versioning.header.toLowerCase()];
  return isVersioned && versioning?.type === VersioningType.MEDIA_TYPE ? [...byHost, 'accept'] : byHost;
}

/** The names in one line, at most ten of them. */
export function namesOf(named: readonly { readonly name: string }[]): string {
  const names = [...new Set(named.map(({ name }) => name))];
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
