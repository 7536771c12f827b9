import {
  Inject,
  Injectable,
  Optional,
  type CanActivate,
  type ExecutionContext,
  type OnModuleInit,
} from '@nestjs/common';
import { otherCopies } from './startup/loaded-copies.js';
import { SignatureAdmission } from './signature-admission.js';

/**
 * Lets a request through to its handler if the gateway signed it (docs/spec.md, Checks). Otherwise it throws a
 * SignatureException. `@RequireApigSignature()` adds this guard to a route. As a global guard it requires a signature
 * on every route without `@SkipApigSignature()`: see the example.
 *
 * An application with this guard does not start if `ApigSignatureModule` is not imported.
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

  /** Throws an Error without the module. An earlier error would hide the error that stops the module itself. */
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
