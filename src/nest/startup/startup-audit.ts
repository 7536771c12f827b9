import cluster from 'node:cluster';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { MemoryReplayStore } from '../../core/replay/memory-replay.store.js';
import { PUBLIC_OPTIONS } from '../apig-signature.module-definition.js';
import { heldBytesLimitOf, type PublicApigSignatureOptions } from '../apig-signature.options.js';
import { KeyringSource } from '../keys/keyring-source.js';
import {
  clockSkewWarning,
  heldBytesWarning,
  memoryStoreWarning,
  modeWarning,
  swappableBodiesWarning,
  unknownKeysWarning,
  unusedReplayStoreWarning,
} from './option.warnings.js';
import { pathEscapeWarnings } from './path-escape.warnings.js';
import {
  finalSlashWarning,
  lostMarkWarnings,
  openedRoutesWarning,
  unguardedFieldsWarning,
  unguardedMessagesWarning,
  unsignedChoiceWarnings,
} from './startup.warnings.js';
import { DeclaredHandlers, type DeclaredHandler, type Protection } from './declared-handlers.js';

const UNSEEN =
  'routes that were registered on the HTTP adapter itself, middleware, static files, GraphQL fields, messages, modules ' +
  'that are loaded later, what a custom versioning reads, and what guards do that extend SignatureGuard or call it';

const MEMORY_STORE =
  'replayProtection: signatures are kept in the memory of this process, and protect it alone; ' +
  'for several processes, set replayStore to a RedisReplayStore';

/** The options of Fastify that say how its router treats a final slash. */
interface FastifyOptions {
  readonly initialConfig?: SlashOption & { readonly routerOptions?: SlashOption };
}
interface SlashOption {
  readonly ignoreTrailingSlash?: boolean;
}

/**
 * Warns once, when the application has started, about options and routes that are unsafe or unusual. At `debug` it
 * lists how each handler is protected. It changes nothing. Warnings about secrets come from the class that reads the
 * keys.
 */
@Injectable()
export class StartupAudit implements OnApplicationBootstrap {
  readonly #logger = new Logger('ApigSignature');
  #isDone = false;

  readonly #options: PublicApigSignatureOptions;
  readonly #handlers: DeclaredHandlers;
  readonly #keys: KeyringSource;
  readonly #config: ApplicationConfig;
  readonly #adapterHost: HttpAdapterHost;

  constructor(
    @Inject(PUBLIC_OPTIONS) options: PublicApigSignatureOptions,
    @Inject(DeclaredHandlers) handlers: DeclaredHandlers,
    @Inject(KeyringSource) keys: KeyringSource,
    @Inject(ApplicationConfig) config: ApplicationConfig,
    @Inject(HttpAdapterHost) adapterHost: HttpAdapterHost,
  ) {
    this.#options = options;
    this.#handlers = handlers;
    this.#keys = keys;
    this.#config = config;
    this.#adapterHost = adapterHost;
  }

  onApplicationBootstrap(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const adapter = this.#adapterHost.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    // Application contexts and microservices may have controllers, but they serve no routes: their type is not set.
    const type = adapter?.getType();
    const handlers = type ? this.#handlers.list() : [];
    const messages = type ? this.#handlers.listMessageHandlers() : [];
    const fields = type ? this.#handlers.listUnguardedFields() : [];
    const { replayProtection, replayStore } = this.#options;
    const isProtected = replayProtection === true || handlers.some(({ policy }) => policy.replayProtection);
    const isMemoryStore = isProtected && (!replayStore || replayStore instanceof MemoryReplayStore);
    if (isMemoryStore) this.#logger.log(MEMORY_STORE);
    const warnings = [
      modeWarning(this.#options.mode),
      memoryStoreWarning(isMemoryStore, cluster.isWorker, process.env.NODE_APP_INSTANCE),
      unusedReplayStoreWarning(replayStore !== undefined, isProtected),
      swappableBodiesWarning(handlers),
      clockSkewWarning(this.#options.clockSkew),
      heldBytesWarning(handlers, heldBytesLimitOf(this.#options)),
      unknownKeysWarning(handlers, this.#keys.load()),
      ...unsignedChoiceWarnings(handlers, this.#config.getVersioning(), type === 'fastify'),
      ...(type ? lostMarkWarnings(this.#handlers.lostMarks(), handlers) : []),
      unguardedFieldsWarning(fields),
      openedRoutesWarning(messages),
      unguardedMessagesWarning(messages, guardsGateways(this.#config)),
      ...pathEscapeWarnings(handlers, type === 'fastify' ? 'fastify' : 'express'),
      adapter && type === 'fastify' && tellsSlashes(adapter.getInstance())
        ? finalSlashWarning(handlers, refusesEmptyParameters(adapter) ? 'wildcard' : 'parameter')
        : undefined,
    ];
    for (const warning of warnings) if (warning !== undefined) this.#logger.warn(warning);
    if (type) this.#describe(handlers);
  }

  #describe(handlers: readonly DeclaredHandler[]): void {
    for (const { name, method, paths, protection } of handlers) {
      this.#logger.debug(`${name} (${paths.map((path) => `${method} ${path}`).join(', ')}): ${protection}`);
    }
    const count = (wanted: Protection) => handlers.filter(({ protection }) => protection === wanted).length;
    const counts = (['signed', 'skipped', 'unguarded'] as const).map((each) => `${count(each)} ${each}`).join(', ');
    this.#logger.debug(`Handlers of controllers: ${handlers.length}, of them ${counts}. Not seen here: ${UNSEEN}.`);
  }
}

function tellsSlashes({ initialConfig }: FastifyOptions): boolean {
  return initialConfig?.ignoreTrailingSlash !== true && initialConfig?.routerOptions?.ignoreTrailingSlash !== true;
}

/**
 * Whether Nest calls global guards for WebSocket gateways. Nest 12 does. Its configuration is recognised by this
 * method.
 */
function guardsGateways(config: ApplicationConfig): boolean {
  return 'getGlobalPreRequestHooks' in config;
}

/**
 * Whether the adapter refuses empty parameters. Nest 12 does, in a method of this name. Its router find-my-way does
 * not.
 */
function refusesEmptyParameters(adapter: object): boolean {
  return 'requireNonEmptyParams' in adapter;
}
