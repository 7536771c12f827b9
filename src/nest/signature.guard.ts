import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { SignatureGate } from './signature.gate.js';

/**
 * Lets a request through to its handler if the gateway signed it (SPEC section 2), and throws a SignatureException if
 * not. `@RequireApigSignature()` brings it along; as a global guard (`{ provide: APP_GUARD, useExisting: SignatureGuard }`)
 * it asks every route for a signature, but those under `@SkipApigSignature()`.
 */
@Injectable()
export class SignatureGuard implements CanActivate {
  readonly #gate: SignatureGate;

  constructor(@Inject(SignatureGate) gate: SignatureGate) {
    this.#gate = gate;
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return this.#gate.admit(context);
  }
}
