import { Inject, Module, Scope, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule, ModuleRef, ModulesContainer } from '@nestjs/core';
import {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  PUBLIC_OPTIONS,
  type ASYNC_OPTIONS_TYPE,
  type OPTIONS_TYPE,
} from './apig-signature.module-definition.js';
import { checkIsObject } from '../core/check-options.js';
import { HeldBytes } from '../http/held-bytes.js';
import { heldBytesOf, publicOptionsOf } from './apig-signature.options.js';
import { BodyCaptureInstaller } from './body-capture-installer.js';
import { StartupAudit } from './startup/startup-audit.js';
import { DeclaredHandlers } from './startup/declared-handlers.js';
import { configServiceProvider } from './keys/configured-keys.js';
import { KeyringSource } from './keys/keyring-source.js';
import { MismatchLog } from './report/mismatch-log.js';
import { RawBodyInterceptor } from './raw-body.interceptor.js';
import { VerificationService } from './verification.service.js';
import { SignatureAdmission } from './signature-admission.js';
import { SignatureGuard } from './signature.guard.js';
import { SignatureMetrics } from './report/signature-metrics.js';
import { SignerService } from './signer.service.js';
import { VerdictReporter } from './report/verdict-reporter.js';

/**
 * Verifies signatures of the API gateway. Import `ApigSignatureModule.forRoot()`, or `forRootAsync()`, once, in the
 * root module. It is global unless its options have `isGlobal: false`. It needs nothing in `main.ts`.
 *
 * The application does not start with wrong options or keys, with a second `forRoot()`, or with request-scoped options.
 *
 * @example
 * ```ts
 * @Module({ imports: [ConfigModule.forRoot(), ApigSignatureModule.forRoot({ contentTypes: ['application/json'] })] })
 * export class AppModule {}
 * ```
 * @category Set up
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: MODULE_OPTIONS_TOKEN, useFactory: refuseBareModule }, // forRoot() and forRootAsync() replace it
    { provide: PUBLIC_OPTIONS, inject: [MODULE_OPTIONS_TOKEN], useFactory: publicOptionsOf },
    { provide: HeldBytes, inject: [PUBLIC_OPTIONS], useFactory: heldBytesOf },
    BodyCaptureInstaller,
    StartupAudit,
    DeclaredHandlers,
    configServiceProvider,
    KeyringSource,
    VerificationService,
    MismatchLog,
    VerdictReporter,
    SignatureAdmission,
    SignatureGuard,
    SignerService,
    SignatureMetrics,
    RawBodyInterceptor,
  ],
  exports: [PUBLIC_OPTIONS, SignatureAdmission, SignatureGuard, SignerService, SignatureMetrics, RawBodyInterceptor],
})
export class ApigSignatureModule extends ConfigurableModuleClass implements OnModuleInit {
  readonly #moduleRef: ModuleRef;
  readonly #modules: ModulesContainer;

  /** @internal Nest makes it. */
  constructor(@Inject(ModuleRef) moduleRef: ModuleRef, @Inject(ModulesContainer) modules: ModulesContainer) {
    super();
    this.#moduleRef = moduleRef;
    this.#modules = modules;
  }

  /** The module with these options. Without the option `keys`, the keys come from ConfigService. */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    checkIsObject(options);
    return super.forRoot(options);
  }

  /**
   * The module with options that Nest injects: `{ imports?, inject?, useFactory }`. Or `useClass` or `useExisting` with
   * a class that has a method `create()` for the options. Factories and `create()` may be asynchronous.
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  /** Stops the start if requests would not be verified as the application expects. */
  onModuleInit(): void {
    const copies = [...this.#modules.values()].filter(({ metatype }) => metatype === ApigSignatureModule);
    if (copies.length > 1) {
      throw new Error(
        'ApigSignatureModule is configured twice: import one forRoot() or forRootAsync(), in the root module',
      );
    }
    if (this.#moduleRef.introspect(KeyringSource).scope !== Scope.DEFAULT) {
      // Such options would make the guard request-scoped, and Nest leaves out a request-scoped global guard in silence.
      throw new Error(
        'ApigSignatureModule: its options depend on a request-scoped provider; inject one of the application',
      );
    }
    this.#moduleRef.get(KeyringSource).load();
  }
}

/** For an application that imports the class itself. */
function refuseBareModule(): never {
  throw new TypeError('ApigSignatureModule: import ApigSignatureModule.forRoot(), not the class itself');
}
