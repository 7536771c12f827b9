import {
  Inject,
  Injectable,
  Optional,
  type CanActivate,
  type ExecutionContext,
  type OnModuleInit,
} from '@nestjs/common';
import { otherCopies } from './startup/loaded-copies.js';
import { SignatureAdmission } from './signature.admission.js';

/**
 * Lets a request through to its handler if the gateway signed it (docs/spec.md, Checks), and throws a SignatureException
 * if not. `@RequireApigSignature()` brings it along; as a global guard (`{ provide: APP_GUARD, useExisting: SignatureGuard }`)
 * it asks every route for a signature, but those under `@SkipApigSignature()`.
 *
 * The application does not start with this guard where `ApigSignatureModule` is not imported.
 *
 * @example
 * ```ts
 * @Module({
 *   imports: [ConfigModule.forRoot(), ApigSignatureModule.forRoot()],
 *   providers: [{ provide: APP_GUARD, useExisting: SignatureGuard }],
 * })
 * export class AppModule {}
 * ```
 * @category Guard routes
 */
@Injectable()
export class SignatureGuard implements CanActivate, OnModuleInit {
  readonly #admission: SignatureAdmission | undefined;

  /** @internal Nest makes it. */
  constructor(@Optional() @Inject(SignatureAdmission) admission?: SignatureAdmission) {
    this.#admission = admission;
  }

  /** Throws an Error without the module. Not earlier: it would hide the error that keeps the module from starting. */
  onModuleInit(): void {
    if (this.#admission) return;
    throw new Error(
      otherCopies() ??
        'SignatureGuard needs ApigSignatureModule: import ApigSignatureModule.forRoot() in the root module; ' +
          'with isGlobal: false, in each module that has guarded routes',
    );
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (this.#admission) return this.#admission.admit(context);
    throw new Error(
      'SignatureGuard was not made by Nest: write app.useGlobalGuards(app.get(SignatureGuard)) in place of ' +
        'new SignatureGuard(), and import ApigSignatureModule.forRoot() in the root module',
    );
  }
}
