import {
  Controller,
  Get,
  Logger,
  Module,
  Post,
  UseGuards,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
  type CanActivate,
  type INestApplication,
  type ModuleMetadata,
  type Type,
  type VersioningOptions,
} from '@nestjs/common';
import { ApplicationConfig, APP_GUARD, NestFactory, type HttpAdapterHost } from '@nestjs/core';
import { RouteConstraints } from '@nestjs/platform-fastify';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  ApigSignatureModule,
  MemoryReplayStore,
  RequireApigSignature,
  SignatureGuard,
  SkipApigSignature,
  type ApigSignatureOptions,
  type ReplayStore,
} from '../../../src/index.js';
import { Keyring } from '../../../src/core/keys/keyring.js';
import type { KeyringSource } from '../../../src/nest/keys/keyring-source.js';
import { resolveRoutePolicy } from '../../../src/nest/apig-signature.options.js';
import { StartupAudit } from '../../../src/nest/startup/startup-audit.js';
import { memoryStoreWarning, swappableBodiesWarning } from '../../../src/nest/startup/option.warnings.js';
import { finalSlashWarning } from '../../../src/nest/startup/startup.warnings.js';
import type { DeclaredHandler, DeclaredHandlers } from '../../../src/nest/startup/declared-handlers.js';
import { forward, KEYS, withHeader } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import {
  express,
  fastify,
  platforms,
  startForTest,
  type Platform,
  type StartOptions,
} from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';

const HANDLER_LINE = /^debug (.*) ApigSignature$/;

async function startWith(
  platform: Platform,
  controllers: Type[],
  { options = {}, providers = [], ...start }: Setting = {},
) {
  @Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS, ...options })], controllers, providers })
  class AppModule {}
  const logger = new RecordedLog();
  const running = await startForTest(platform, AppModule, { logger, ...start });
  const debugged = logger.lines.flatMap((line) => HANDLER_LINE.exec(line)?.[1] ?? []);
  return { ...running, logger, debugged };
}

interface Setting extends StartOptions {
  readonly options?: ApigSignatureOptions;
  readonly providers?: NonNullable<ModuleMetadata['providers']>;
}

const globally = { provide: APP_GUARD, useExisting: SignatureGuard };

class OtherGuard implements CanActivate {
  canActivate() {
    return true;
  }
}

class DerivedGuard extends SignatureGuard {}

@Controller('plain')
class Plain {
  @Get()
  open() {
    return 'passed';
  }

  @RequireApigSignature()
  @Post([':id', '/also//:id/'])
  signed() {
    return 'passed';
  }

  @SkipApigSignature()
  @Get('skipped')
  skipped() {
    return 'passed';
  }

  @UseGuards(OtherGuard)
  @Get('other')
  otherwise() {
    return 'passed';
  }

  @UseGuards(OtherGuard, DerivedGuard)
  @Get('derived')
  derived() {
    return 'passed';
  }

  get notAHandler(): unknown {
    throw new Error('looked at');
  }

  helper() {
    return 'passed';
  }
}

@RequireApigSignature()
@Controller(['', 'second'])
class Guarded {
  @Get()
  inherited() {
    return 'passed';
  }
}

@Controller('sub')
class Sub extends Guarded {}

@SkipApigSignature()
@Controller('skipped')
class Skipped extends Guarded {}

const UNSEEN =
  'Not seen here: routes that were registered on the HTTP adapter itself, middleware, static files, GraphQL fields, ' +
  'messages, modules that are loaded later, what a custom versioning reads, and what guards do that extend ' +
  'SignatureGuard or call it.';

describe.each(platforms)('at debug, on $name', (platform) => {
  it('the log has a line for each handler, and a count', async () => {
    const { debugged, logger } = await startWith(platform, [Plain, Guarded, Sub, Skipped]);
    expect(debugged).toEqual([
      'Plain.open (GET /plain): unguarded',
      'Plain.signed (POST /plain/:id, POST /plain/also/:id): signed',
      'Plain.skipped (GET /plain/skipped): skipped',
      'Plain.otherwise (GET /plain/other): unguarded',
      'Plain.derived (GET /plain/derived): signed',
      'Guarded.inherited (GET /, GET /second): signed',
      'Sub.inherited (GET /sub): signed',
      'Skipped.inherited (GET /skipped): skipped',
      `Handlers of controllers: 8, of them 4 signed, 2 skipped, 2 unguarded. ${UNSEEN}`,
    ]);
    expect(logger.troubles).toEqual([]);
  });

  it.each<[what: string, setting: Setting]>([
    ['APP_GUARD, useExisting', { providers: [globally] }],
    ['APP_GUARD, useClass', { providers: [{ provide: APP_GUARD, useClass: SignatureGuard }] }],
    ['useGlobalGuards', { prepare: (app) => app.useGlobalGuards(app.get(SignatureGuard)) }],
    ['a global guard that extends ours', { providers: [{ provide: APP_GUARD, useClass: DerivedGuard }] }],
  ])('the log shows a global guard: %s', async (_, setting) => {
    const { debugged } = await startWith(platform, [Plain], setting);
    expect(debugged.slice(0, 4)).toEqual([
      'Plain.open (GET /plain): signed',
      'Plain.signed (POST /plain/:id, POST /plain/also/:id): signed',
      'Plain.skipped (GET /plain/skipped): skipped',
      'Plain.otherwise (GET /plain/other): signed',
    ]);
  });

  it('the log does not count another global guard as a guard of this package', async () => {
    const { debugged } = await startWith(platform, [Plain], {
      providers: [{ provide: APP_GUARD, useClass: OtherGuard }],
    });
    expect(debugged[0]).toBe('Plain.open (GET /plain): unguarded');
  });

  it('the log has every line once, even if the hook runs twice', async () => {
    const prepare = async (app: INestApplication) => {
      await app.init();
      await (app as unknown as { callBootstrapHook(): Promise<void> }).callBootstrapHook();
    };
    const { debugged, logger } = await startWith(platform, [Guarded], { options: { mode: 'report' }, prepare });
    expect(debugged).toHaveLength(2);
    expect(logger.troubles).toHaveLength(1);
  });
});

@RequireApigSignature()
@Controller({ host: 'admin.example.com', path: 'by-host' })
class ByHost {
  @Get()
  get() {
    return 'passed';
  }
}

@RequireApigSignature({ requiredSignedHeaders: ['Host'] })
@Controller({ host: ':tenant.example.com', path: 'by-signed-host' })
class BySignedHost extends ByHost {}

@Controller({ host: 'open.example.com', path: 'by-host-unguarded' })
class ByHostUnguarded {
  @Get()
  get() {
    return 'passed';
  }
}

@RequireApigSignature()
@Controller({ version: '1', path: 'versioned' })
class Versioned {
  @Get()
  first() {
    return 'passed';
  }

  @Version(VERSION_NEUTRAL)
  @Get('neutral')
  neutral() {
    return 'passed';
  }

  @Version('2')
  @RequireApigSignature({ signedIfPresent: ['x-version', 'accept'] })
  @Get()
  second() {
    return 'passed';
  }
}

@RequireApigSignature()
@Controller('unversioned')
class Unversioned {
  @Get()
  get() {
    return 'passed';
  }
}

const chosenBy = (header: string, names: string) =>
  `warn The header ${header} chooses whether ${names} gets a request, and need not be signed: anyone on the way may ` +
  `choose another. Set requiredSignedHeaders: ['${header}'] ApigSignature`;
const versionedBy = (versioning: VersioningOptions) => (app: INestApplication) => app.enableVersioning(versioning);
const byHeader = { type: VersioningType.HEADER, header: 'X-Version' } as const;

describe.each(platforms)('the start, on $name, warns', (platform) => {
  it.each<[what: string, controllers: Type[], setting: Setting, warnings: string[]]>([
    [
      "about mode 'report'",
      [Guarded],
      { options: { mode: 'report' } },
      [
        "warn mode 'report': every request is let through, and what would be refused is told in the log and to " +
          'onVerdict only ApigSignature',
      ],
    ],
    ["about nothing in mode 'enforce'", [Guarded], { options: { mode: 'enforce' } }, []],
    [
      'about controllers that an unsigned host selects',
      [ByHost, BySignedHost, ByHostUnguarded],
      {},
      [chosenBy('host', 'ByHost.get')],
    ],
    [
      'about no such controller if the module requires a signed host',
      [ByHost, BySignedHost],
      { options: { signedIfPresent: ['host'] } },
      [],
    ],
    [
      'about handlers that an unsigned version selects',
      [Versioned, Unversioned],
      { prepare: versionedBy(byHeader) },
      [chosenBy('x-version', 'Versioned.first')],
    ],
    [
      'about each of two headers, with the handlers that the header selects',
      [ByHost, Versioned],
      { prepare: versionedBy(byHeader) },
      [chosenBy('host', 'ByHost.get'), chosenBy('x-version', 'Versioned.first')],
    ],
    [
      'about handlers that have the version by default',
      [Versioned, Unversioned],
      { prepare: versionedBy({ ...byHeader, defaultVersion: '1' }) },
      [chosenBy('x-version', 'Versioned.first, Unversioned.get')],
    ],
    [
      'about a version in Accept',
      [Versioned],
      { prepare: versionedBy({ type: VersioningType.MEDIA_TYPE, key: 'v=' }) },
      [chosenBy('accept', 'Versioned.first')],
    ],
    [
      'about nothing if the version is in the path',
      [Versioned],
      { prepare: versionedBy({ type: VersioningType.URI }) },
      [],
    ],
  ])('%s', async (_, controllers, setting, warnings) => {
    const { logger } = await startWith(platform, controllers, setting);
    expect(logger.troubles).toEqual(warnings);
  });
});

@RequireApigSignature()
@Controller('constrained')
class Constrained {
  @RouteConstraints({ host: 'admin.example.com' })
  @Get()
  admin() {
    return 'admin';
  }

  @RequireApigSignature({ requiredSignedHeaders: ['host'] })
  @RouteConstraints({ host: 'signed.example.com' })
  @Get()
  signed() {
    return 'signed';
  }

  @Get()
  anyone() {
    return 'anyone';
  }
}

@RequireApigSignature()
@Controller('constrained-otherwise')
class ConstrainedOtherwise {
  @RouteConstraints({ version: '1' })
  @Get('versioned')
  versioned() {
    return 'passed';
  }

  @RouteConstraints({ tenant: 'a' })
  @Get('tenant')
  tenant() {
    return 'passed';
  }
}

describe('a start with constrained routes', () => {
  it('warns on Fastify about routes that an unsigned host selects, and a request proves it', async () => {
    const { logger, port } = await startWith(fastify, [Constrained]);
    expect(logger.troubles).toEqual([chosenBy('host', 'Constrained.admin')]);
    const request = forward(
      { target: '/constrained', headers: [['Host', 'any.example.com']] },
      { signedHeaders: ['x-sdk-date'] },
    );
    expect(await send(port, request)).toMatchObject({ status: 200, text: 'anyone' });
    expect(await send(port, withHeader(request, 'Host', 'admin.example.com'))).toMatchObject({
      status: 200,
      text: 'admin',
    });
  });

  it('warns on Fastify about routes that a version or a constraint of their own selects', async () => {
    const tenant = {
      name: 'tenant',
      storage: () => new Map(),
      deriveConstraint: (request: { headers: Record<string, unknown> }) => request.headers['x-tenant'],
    };
    const adapter = fastify.adapter({ routerOptions: { constraints: { tenant } } } as never);
    const { logger } = await startWith(fastify, [ConstrainedOtherwise], { adapter, prepare: versionedBy(byHeader) });
    expect(logger.troubles).toEqual([
      chosenBy('x-version', 'ConstrainedOtherwise.versioned'),
      'warn A constraint of your own (@RouteConstraints) chooses whether ConstrainedOtherwise.tenant gets a request: ' +
        'anyone on the way may choose another if the constraint reads a header that is not signed. ' +
        'Set requiredSignedHeaders ApigSignature',
    ]);
  });

  it('does not warn on Express, which has no constraints', async () => {
    const { logger } = await startWith(express, [Constrained, ConstrainedOtherwise]);
    expect(logger.troubles).toEqual([]);
  });
});

@RequireApigSignature()
@Controller('files')
class Files {
  @Get()
  list() {
    return 'all';
  }

  @Get('*')
  one() {
    return 'one';
  }

  @Get(':id/details')
  details() {
    return 'details';
  }

  @Post('*')
  change() {
    return 'changed';
  }
}

@RequireApigSignature()
@Controller('users')
class Users {
  @Get()
  list() {
    return 'all';
  }

  @Get(':id')
  one() {
    return 'one';
  }
}

@RequireApigSignature()
@Controller()
class Single {
  @Get()
  root() {
    return 'root';
  }

  @Get(':id')
  one() {
    return 'one';
  }
}

describe('a start with handlers that differ in a final slash', () => {
  const request = forward({ target: '/files' });
  const withSlash = { ...request, target: '/files/' };
  const warning =
    'warn A final slash, which no signature covers, leads from one handler to another: ' +
    'Files.list and Files.one, Files.details and Files.one. Set routerOptions: { ignoreTrailingSlash: true } of FastifyAdapter ApigSignature';

  it('warns on Fastify, and a request proves the reason', async () => {
    const { logger, port } = await startWith(fastify, [Files, Single]);
    expect(logger.troubles).toEqual([warning]);
    expect(await send(port, request)).toMatchObject({ status: 200, text: 'all' });
    expect(await send(port, withSlash)).toMatchObject({ status: 200, text: 'one' });
  });

  it('does not warn where the adapter refuses an empty :id', async () => {
    const { logger, port } = await startWith(fastify, [Users]);
    expect(logger.troubles).toEqual([]);
    expect(await send(port, forward({ target: '/users' }))).toMatchObject({ status: 200, text: 'all' });
    expect(await send(port, { ...forward({ target: '/users' }), target: '/users/' })).toMatchObject({ status: 404 });
  });

  it.each([
    ['on Express', express, {}],
    [
      'on Fastify with its remedy',
      fastify,
      { adapter: fastify.adapter({ routerOptions: { ignoreTrailingSlash: true } }) },
    ],
  ])('does not warn %s, and a request proves that there is no reason', async (_, platform, setting) => {
    const { logger, port } = await startWith(platform, [Files, Single], setting);
    // Nest has something to say of `*` on Express.
    expect(logger.troubles.filter((line) => line.endsWith(' ApigSignature'))).toEqual([]);
    expect(await send(port, request)).toMatchObject({ status: 200, text: 'all' });
    expect(await send(port, withSlash)).toMatchObject({ status: 200, text: 'all' });
  });
});

describe('finalSlashWarning()', () => {
  const policy = resolveRoutePolicy({});
  const handler = (method: string, path: string, protection: DeclaredHandler['protection'] = 'signed') =>
    ({
      name: `${method} ${path}`,
      method,
      paths: ['/elsewhere', path],
      constraints: [],
      protection,
      policy,
    }) as unknown as DeclaredHandler;
  const pairsIn = (handlers: DeclaredHandler[], mayBeEmpty: 'wildcard' | 'parameter') =>
    finalSlashWarning(handlers, mayBeEmpty)?.split(': ')[1]?.split('. Set')[0];

  it.each<[string[], string | undefined, string | undefined]>([
    [['GET /users', 'GET /users/:id'], undefined, 'GET /users and GET /users/:id'],
    [['GET /users/:id', 'GET /users'], undefined, 'GET /users and GET /users/:id'],
    [['GET /users', 'ALL /users/*'], 'GET /users and ALL /users/*', 'GET /users and ALL /users/*'],
    [['ALL /users', 'GET /users/*rest'], 'ALL /users and GET /users/*rest', 'ALL /users and GET /users/*rest'],
    [['GET /users/all', 'GET /*'], 'GET /users/all and GET /*', 'GET /users/all and GET /*'],
    [['GET /users/:id', 'GET /users/*'], 'GET /users/:id and GET /users/*', 'GET /users/:id and GET /users/*'],
    [['GET /userset', 'GET /users/*'], undefined, undefined],
    [['GET /users', 'POST /users/:id'], undefined, undefined],
    [['GET /users', 'GET /users/:id(\\d+)'], undefined, undefined],
    [['GET /users', 'GET /users/:id/x'], undefined, undefined],
    [['GET /users', 'GET /members/:id'], undefined, undefined],
    [['GET /', 'GET /:id'], undefined, undefined],
  ])('finds in %j', (routes, ofWildcards, ofParameters) => {
    const handlers = routes.map((route) => handler(...(route.split(' ') as [string, string])));
    expect(pairsIn(handlers, 'wildcard')).toBe(ofWildcards);
    expect(pairsIn(handlers, 'parameter')).toBe(ofParameters);
  });

  const PAIR = 'GET /users and GET /users/:id';
  it.each<[what: string, ofNest: object, ofFastify: object, pair: string | undefined]>([
    ['Nest 11', {}, { initialConfig: {} }, PAIR],
    ['Nest 11 with a Fastify without initialConfig', {}, {}, PAIR],
    ['Nest 11 with the option of Fastify 4', {}, { initialConfig: { ignoreTrailingSlash: true } }, undefined],
    ['Nest 12, which refuses an empty parameter', { requireNonEmptyParams: () => undefined }, {}, undefined],
  ])('follows the adapter about empty parameters: %s', (_, ofNest, ofFastify, pair) => {
    const adapter = { getType: () => 'fastify', getInstance: () => ofFastify, ...ofNest };
    const handlers = {
      list: () => [handler('GET', '/users'), handler('GET', '/users/:id')],
      lostMarks: () => [],
      listUnguardedFields: () => [],
      listMessageHandlers: () => [],
    };
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    onTestFinished(() => warn.mockRestore());
    const audit = new StartupAudit(
      {},
      handlers as unknown as DeclaredHandlers,
      { load: () => new Keyring(KEYS) } as unknown as KeyringSource,
      new ApplicationConfig(),
      { httpAdapter: adapter } as unknown as HttpAdapterHost,
    );
    audit.onApplicationBootstrap();
    expect(warn.mock.calls.flat()).toEqual(pair === undefined ? [] : [expect.stringContaining(pair)]);
  });

  it('ignores a pair if the other handler requires no signature', () => {
    const open = [
      handler('GET', '/users'),
      handler('GET', '/users/*', 'skipped'),
      handler('GET', '/users/:id', 'unguarded'),
    ];
    expect(finalSlashWarning(open, 'parameter')).toBeUndefined();
  });
});

describe('a start without HTTP', () => {
  it('lists no handlers, and warns about options', async () => {
    @Module({
      imports: [ApigSignatureModule.forRoot({ keys: KEYS, mode: 'report' })],
      controllers: [ByHost],
    })
    class AppModule {}
    const logger = new RecordedLog();
    const context = await NestFactory.createApplicationContext(AppModule, { logger, abortOnError: false });
    onTestFinished(() => context.close());
    expect(logger.lines.filter((line) => HANDLER_LINE.test(line))).toEqual([]);
    expect(logger.troubles).toEqual([expect.stringContaining("mode 'report'")]);
  });
});

describe('a start with replay protection', () => {
  const handlers = (count: number, replayProtection: boolean, unsignedPayload: 'accept' | 'refuse') =>
    Array.from({ length: count }, (_, at) => ({
      name: `Orders.handler${at}`,
      policy: { unsignedPayload, replayProtection },
    }));

  it('warns about unsigned bodies, which an attacker can replace', () => {
    expect(swappableBodiesWarning(handlers(2, true, 'accept'))).toBe(
      "replayProtection together with unsignedPayload: 'accept', at Orders.handler0, Orders.handler1: an attacker " +
        "who stops a request on its way can send it with another unsigned body. Set unsignedPayload: 'refuse'",
    );
    expect(swappableBodiesWarning(handlers(12, true, 'accept'))).toContain('Orders.handler9 and 2 more: ');
    expect(swappableBodiesWarning(handlers(10, true, 'accept'))).toContain('Orders.handler9: ');
    for (const safe of [handlers(1, true, 'refuse'), handlers(1, false, 'accept')]) {
      expect(swappableBodiesWarning(safe)).toBeUndefined();
    }
  });

  it('warns about unsigned bodies and the memory store in an application, also for single routes', async () => {
    @RequireApigSignature()
    @Controller('orders')
    class OrdersController {
      @Get()
      list() {
        return 'all';
      }

      @RequireApigSignature({ replayProtection: true })
      @Post()
      order() {
        return 'ordered';
      }
    }
    @Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS })], controllers: [OrdersController] })
    class AppModule {}
    vi.stubEnv('NODE_APP_INSTANCE', '2');
    const logger = new RecordedLog();
    await startForTest(express, AppModule, { logger }).finally(() => vi.unstubAllEnvs());
    expect(logger.lines).toContainEqual(expect.stringContaining('kept in the memory of this process'));
    expect(logger.troubles).toEqual([
      expect.stringContaining('looks like one of several processes'),
      expect.stringContaining('at OrdersController.order: an attacker who stops a request on its way'),
    ]);
  });

  const elsewhere: ReplayStore = { reserve: () => Promise.resolve(true) };
  it.each<[what: string, options: ApigSignatureOptions, isSaid: boolean]>([
    ['without a store', { replayProtection: true }, true],
    ['with a memory store', { replayProtection: true, replayStore: new MemoryReplayStore() }, true],
    ['with another store', { replayProtection: true, replayStore: elsewhere }, false],
    ['with a memory store that nothing uses', { replayStore: new MemoryReplayStore() }, false],
    ['with neither protection nor a store', {}, false],
  ])('logs that memory protects one process: %s', async (_, options, isSaid) => {
    const { logger } = await startWith(express, [Plain], { options: { unsignedPayload: 'refuse', ...options } });
    expect(logger.lines.filter((line) => line.startsWith('log replay'))).toEqual(
      isSaid
        ? [
            'log replayProtection: signatures are kept in the memory of this process, and protect it alone; ' +
              'for several processes, set replayStore to a RedisReplayStore ApigSignature',
          ]
        : [],
    );
    const isUnused = options.replayStore !== undefined && !options.replayProtection;
    expect(logger.troubles).toEqual(isUnused ? [expect.stringContaining('replayStore is set')] : []);
  });

  it.each<[...Parameters<typeof memoryStoreWarning>, isWarned: boolean]>([
    [true, true, undefined, true],
    [true, false, '1', true],
    [true, false, '0', false],
    [true, false, 'one', false],
    [true, false, undefined, false],
    [false, true, '1', false],
  ])('memory store: %s, cluster worker: %s, NODE_APP_INSTANCE: %s', (isMemory, isWorker, instance, isWarned) => {
    expect(memoryStoreWarning(isMemory, isWorker, instance)).toEqual(
      isWarned ? expect.stringContaining('RedisReplayStore') : undefined,
    );
  });
});
