import {
  applyDecorators,
  createParamDecorator,
  Inject,
  UseGuards,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { PUBLIC_OPTIONS } from './apig-signature.module-definition.js';
import type { RoutePolicy } from './apig-signature.options.js';
import { markRequired, markSkipped } from './route-policy.js';
import { SignatureGuard } from './signature.guard.js';
import { GUARDS } from './startup/nest-metadata.js';
import { recall } from './handler-verdicts.js';

/**
 * Requires a signature on a controller or a route, and adds the guard. The guard runs before the other guards of that
 * class or method, whatever the order of the decorators. Global guards run first, then those of the class, then those
 * of the method.
 *
 * An option given here replaces the same option of the class, and an option of the class replaces that of the module.
 * Options that are not given stay. On a method of a skipped class, the decorator requires a signature for that method.
 * Throws a TypeError for wrong options, and together with `@SkipApigSignature()` on one target.
 *
 * @example
 * ```ts
 * @RequireApigSignature({ allowedKeys: ['signature_key1'] })
 * @Controller('orders')
 * export class OrdersController {
 *   @RequireApigSignature({ replayProtection: true, bodyLimit: 64 * 1024 })
 *   @Post()
 *   order() {}
 * }
 * ```
 * @category Guard routes
 */
export function RequireApigSignature(policy: RoutePolicy = {}): ClassDecorator & MethodDecorator {
  return applyDecorators(markRequired(policy), UseGuards(SignatureGuard), moveGuardToFront);
}

/** An unsigned request must not reach another guard, because that guard may ask a database or count a failed login. */
function moveGuardToFront(target: object, _name?: string | symbol, descriptor?: PropertyDescriptor): void {
  const guarded = (descriptor?.value ?? target) as object;
  const guards = (Reflect.getMetadata(GUARDS, guarded) ?? []) as unknown[];
  Reflect.defineMetadata(GUARDS, [SignatureGuard, ...guards.filter((each) => each !== SignatureGuard)], guarded);
}

/**
 * Lets every request through to a controller or a route, although a global guard or a guard of the class is there. On a
 * class it does not apply to the classes that extend it. On a method it applies to them too, unless they override the
 * method. Throws a TypeError together with `@RequireApigSignature()` on one target.
 *
 * @example
 * ```ts
 * @SkipApigSignature()
 * @Controller('health')
 * export class HealthController {
 *   @Get()
 *   health() {
 *     return 'ok';
 *   }
 * }
 * ```
 * @category Guard routes
 */
export function SkipApigSignature(): ClassDecorator & MethodDecorator {
  return markSkipped();
}

// The types are written out. TypeScript infers types under Nest 12 that Nest 11 does not have.
type Pipe = PipeTransform | Type<PipeTransform>;

/**
 * A handler's parameter: a `VerifiedRequest`, which says what is proved about the request. It is `undefined` if no
 * guard of this handler verified the request. In mode `'report'` it is a `Verdict`, which is not `ok` if the request
 * would have been refused.
 *
 * @example
 * ```ts
 * @RequireApigSignature()
 * @Controller('orders')
 * export class OrdersController {
 *   @Get()
 *   orders(@VerifiedSignature() caller: VerifiedRequest) {
 *     return { by: caller.key, bodyVerified: caller.bodyVerified };
 *   }
 * }
 * ```
 * @category Use the verdict
 */
export const VerifiedSignature: (...pipes: Pipe[]) => ParameterDecorator = createParamDecorator(
  (_data: undefined, context) => {
    const entry = recall(context);
    return entry?.isAdmitted ? entry.verdict : undefined;
  },
);

/**
 * A handler's parameter: the value of a header, if the signature covers the header. Otherwise it is `undefined`, even
 * if the request has such a header. The value is as Node shows it: one character for each byte.
 *
 * @example
 * ```ts
 * @RequireApigSignature()
 * @Controller('orders')
 * export class OrdersController {
 *   @Get()
 *   orders(@SignedHeader('x-tenant') tenant?: string) {
 *     return { tenant };
 *   }
 * }
 * ```
 * @category Use the verdict
 */
export const SignedHeader: (name: string, ...pipes: Pipe[]) => ParameterDecorator = createParamDecorator(
  (name: string, context): string | undefined => {
    const wanted = name.toLowerCase();
    const entry = recall(context);
    if (!entry?.verdict.ok || !entry.verdict.signedHeaders.includes(wanted)) return undefined;
    // The verified value. A signed header has exactly one.
    return entry.capture.headers.get(wanted) as string;
  },
);

/**
 * Injects the options of `forRoot()` without the keys. Options that were not given have no defaults there.
 *
 * @example
 * ```ts
 * @Injectable()
 * export class Limits {
 *   constructor(@InjectApigSignatureOptions() private readonly options: PublicApigSignatureOptions) {}
 *
 *   bodyLimit() {
 *     return this.options.bodyLimit ?? 12 * 2 ** 20;
 *   }
 * }
 * ```
 * @category Set up
 */
export const InjectApigSignatureOptions = () => Inject(PUBLIC_OPTIONS);
