import { Inject, Injectable, RequestMethod, type Type } from '@nestjs/common';
import { ApplicationConfig, DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { PUBLIC_OPTIONS } from '../apig-signature.module-definition.js';
import {
  resolveRoutePolicy,
  type PublicApigSignatureOptions,
  type ResolvedRoutePolicy,
} from '../apig-signature.options.js';
import {
  CONSTRAINTS,
  GRAPHQL_FIELD,
  GRAPHQL_OPTIONS,
  GUARDS,
  HOST,
  MESSAGE_OF_GATEWAY,
  MESSAGE_OF_MICROSERVICE,
  METHOD,
  PATH,
  VERSION,
} from './nest-metadata.js';
import { isSkippedClass, lostMarksOf, mergePolicies, ruleFor, type LostMark } from '../route-policy.js';
import { SignatureGuard } from '../signature.guard.js';

/** How a handler is protected: by our guard, by our guard with a skip, or not by our guard. */
export type Protection = 'signed' | 'skipped' | 'unguarded';

/** A handler of HTTP requests, as its decorators declare it. */
export interface DeclaredHandler {
  /** The handler, as `Class.method`. */
  readonly name: string;
  /** The HTTP method: `GET`, or `ALL` for every method. */
  readonly method: string;
  /** The paths, without global prefixes, versions and paths of RouterModule. */
  readonly paths: readonly string[];
  /** The hosts or versions that the handler is for. `undefined` means any. */
  readonly host: unknown;
  readonly version: unknown;
  /** The constraints of Fastify's router: `host`, `version`, or a constraint of the application's own. */
  readonly constraints: readonly string[];
  readonly protection: Protection;
  readonly policy: ResolvedRoutePolicy;
}

/** A handler of messages, in a microservice or in a WebSocket gateway. */
export interface MessageHandler {
  /** The handler, as `Class.method`. */
  readonly name: string;
  readonly isOfGateway: boolean;
  /** Whether only a global guard can protect the handler. */
  readonly isGuardedGloballyOnly: boolean;
  /** The HTTP routes of the handler's class that are open because the class has a skip. */
  readonly routesOpenedByClass: readonly string[];
}

/** The option of GraphQLModule for what Nest calls around the resolvers of fields. */
interface GraphqlOptions {
  readonly fieldResolverEnhancers?: readonly string[];
}

/** Finds the handlers that the application's controllers declare. */
@Injectable()
export class DeclaredHandlers {
  readonly #options: PublicApigSignatureOptions;
  readonly #config: ApplicationConfig;
  readonly #discovery: DiscoveryService;
  readonly #scanner: MetadataScanner;
  readonly #reflector: Reflector;

  constructor(
    @Inject(PUBLIC_OPTIONS) options: PublicApigSignatureOptions,
    @Inject(ApplicationConfig) config: ApplicationConfig,
    @Inject(DiscoveryService) discovery: DiscoveryService,
    @Inject(MetadataScanner) scanner: MetadataScanner,
    @Inject(Reflector) reflector: Reflector,
  ) {
    this.#options = options;
    this.#config = config;
    this.#discovery = discovery;
    this.#scanner = scanner;
    this.#reflector = reflector;
  }

  /** All HTTP handlers, each once, even if a controller is in several modules. */
  list(): DeclaredHandler[] {
    const types = new Set(this.#discovery.getControllers().map(({ metatype }) => metatype as Type));
    return [...types].flatMap((type) => this.#handlersOf(type));
  }

  /** Marked methods of controllers and providers that are not called any more. Names are `Class.method`. */
  lostMarks(): LostMark[] {
    return this.#classes().flatMap((type) =>
      lostMarksOf(type).map(({ name, by }) => ({ name: `${type.name}.${name}`, by })),
    );
  }

  /** Methods with a guard of ours that resolve a field, where GraphQL calls no guards for fields. Names are `Class.method`. */
  listUnguardedFields(): { readonly name: string }[] {
    const options = this.#discovery.getProviders().filter(({ token }) => token === GRAPHQL_OPTIONS);
    if (options.every(({ instance }) => callsGuardsForFields(instance as GraphqlOptions | undefined))) return [];
    return this.#classes().flatMap((type) => {
      const prototype = type.prototype as Record<string, object>;
      const isGuardedField = (name: string) =>
        this.#metadata(GRAPHQL_FIELD, prototype[name]!) !== undefined && this.#isGuarded(prototype[name]!);
      const names = this.#scanner.getAllMethodNames(prototype).filter(isGuardedField);
      return names.map((name) => ({ name: `${type.name}.${name}` }));
    });
  }

  /** All handlers of messages. */
  listMessageHandlers(): MessageHandler[] {
    return this.#classes().flatMap((type) => this.#messageHandlersOf(type));
  }

  /** The classes of controllers and providers. */
  #classes(): Type[] {
    const wrappers = [...this.#discovery.getControllers(), ...this.#discovery.getProviders()];
    return [...new Set(wrappers.map(({ metatype }) => metatype).filter(isClass))];
  }

  #messageHandlersOf(type: Type): MessageHandler[] {
    const prototype = type.prototype as Record<string, object>;
    const names = this.#scanner.getAllMethodNames(prototype);
    const isOfGateway = (name: string) => this.#metadata(MESSAGE_OF_GATEWAY, prototype[name]!) !== undefined;
    const isMessage = (name: string) =>
      isOfGateway(name) || this.#metadata(MESSAGE_OF_MICROSERVICE, prototype[name]!) !== undefined;
    const routes = isSkippedClass(type)
      ? this.#handlersOf(type).filter(({ protection }) => protection === 'skipped')
      : [];
    return names.filter(isMessage).map((name) => ({
      name: `${type.name}.${name}`,
      isOfGateway: isOfGateway(name),
      isGuardedGloballyOnly:
        ruleFor(type, prototype[name]!) !== 'skip' &&
        this.#isGuardedGlobally() &&
        !this.#isGuarded(type) &&
        !this.#isGuarded(prototype[name]!),
      routesOpenedByClass: routes.map((route) => route.name),
    }));
  }

  #handlersOf(type: Type): DeclaredHandler[] {
    const prototype = type.prototype as Record<string, object>;
    return this.#scanner.getAllMethodNames(prototype).flatMap((name) => {
      const handler = prototype[name]!;
      const method = this.#metadata(METHOD, handler) as RequestMethod | undefined;
      if (method === undefined) return [];
      const rule = ruleFor(type, handler);
      const isGuarded = this.#isGuardedGlobally() || this.#isGuarded(type) || this.#isGuarded(handler);
      return {
        name: `${type.name}.${name}`,
        method: RequestMethod[method],
        paths: joinPaths(this.#pathsOf(type), this.#pathsOf(handler)),
        host: this.#metadata(HOST, type),
        version: this.#metadata(VERSION, handler) ?? this.#metadata(VERSION, type),
        constraints: Object.keys(this.#metadata(CONSTRAINTS, handler) ?? {}),
        protection: rule === 'skip' ? 'skipped' : isGuarded ? 'signed' : 'unguarded',
        policy: resolveRoutePolicy(rule === 'skip' ? this.#options : mergePolicies(this.#options, rule)),
      };
    });
  }

  #isGuarded(target: object): boolean {
    return ((this.#metadata(GUARDS, target) ?? []) as unknown[]).some(isOurs);
  }

  #isGuardedGlobally(): boolean {
    const requestScoped = this.#config.getGlobalRequestGuards().map(({ metatype }): unknown => metatype);
    return [...this.#config.getGlobalGuards(), ...requestScoped].some(isOurs);
  }

  #pathsOf(target: object): string[] {
    return [(this.#metadata(PATH, target) ?? '') as string | string[]].flat();
  }

  #metadata(key: string, target: object): unknown {
    return this.#reflector.get<unknown>(key, target as Type);
  }
}

function callsGuardsForFields({ fieldResolverEnhancers = [] }: GraphqlOptions = {}): boolean {
  return fieldResolverEnhancers.includes('guards');
}

function isClass(metatype: unknown): metatype is Type {
  return typeof metatype === 'function' && typeof metatype.prototype === 'object' && metatype.prototype !== null;
}

/** Our guard, or a class that extends it. */
function isOurs(guard: unknown): boolean {
  return (
    guard instanceof SignatureGuard || (guard as Type).prototype instanceof SignatureGuard || guard === SignatureGuard
  );
}

function joinPaths(ofType: readonly string[], ofHandler: readonly string[]): string[] {
  const joined = ofType.flatMap((first) => ofHandler.map((second) => `/${first}/${second}`));
  return joined.map((path) => path.replace(/\/+/g, '/').replace(/(.)\/$/, '$1'));
}
