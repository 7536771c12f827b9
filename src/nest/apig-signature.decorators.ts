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
 * Requires a signature on a controller or a route, and brings the guard along: it runs before the other guards of that
 * class or method, wherever the decorator stands. Global guards come before, and those of the class before the method's.
 *
 * Options given here win over those of the class, and those over the module's, one by one; what is not given stays. On a
 * method it re-opens a skipped class to verification. Throws a TypeError, at once, for wrong options, and beside
 * `@SkipApigSignature()` on one target.
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

/** An unsigned request should not get as far as another guard, which may ask a database, or count a failed login. */
function moveGuardToFront(target: object, _name?: string | symbol, descriptor?: PropertyDescriptor): void {
  const guarded = (descriptor?.value ?? target) as object;
  const guards = (Reflect.getMetadata(GUARDS, guarded) ?? []) as unknown[];
  Reflect.defineMetadata(GUARDS, [SignatureGuard, ...guards.filter((each) => each !== SignatureGuard)], guarded);
}

/**
 * Lets every request through to a controller or a route, under a global guard or that of the class. On a class it does
 * not reach the classes that extend it. On a method it goes along to them, as the method does, unless they override
 * that. Throws a TypeError beside `@RequireApigSignature()` on one target.
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

// Spelled out: what TypeScript infers under Nest 12 names types that Nest 11 does not have.
type Pipe = PipeTransform | Type<PipeTransform>;

/**
 * A handler's parameter: what is proved of the request, a `VerifiedRequest`; `undefined` where no guard of this handler
 * verified it. In mode `'report'` a `Verdict`: that of a request which would have been refused is not `ok`.
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
 * A handler's parameter: the value of a header, if the signature covers it; `undefined` if not, whether or not the
 * request has such a header. As Node shows it: one character for each byte.
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
    // The very line that was verified, whatever a middleware has made of the request's since. One: else it is refused.
    return entry.capture.headers.get(wanted) as string;
  },
);

/**
 * Injects the options of `forRoot()` as they were given, without the keys.
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
