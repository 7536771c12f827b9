import { Module, RequestMethod, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { servePage } from './serve-page.js';

/**
 * Serves a page at `/signer` (behind the application's global prefix, if it has one), on which you sign requests and send
 * them to this application. A tool for development: the start fails with `NODE_ENV=production`.
 *
 * The page is answered by middleware, so no guard, interceptor or route like `/:id` is asked before it. It is open to
 * everyone who reaches the application. It signs in the browser: the application sends it no key and no secret.
 *
 * @example
 * ```ts
 * const DEVELOPMENT = process.env.NODE_ENV === 'production' ? [] : [SignerPageModule];
 *
 * @Module({ imports: [ApigSignatureModule.forRoot(), ...DEVELOPMENT] })
 * export class AppModule {}
 * ```
 * @category Sign in a browser
 */
@Module({})
export class SignerPageModule implements NestModule {
  /** @internal Nest makes it. */
  constructor() {
    if (process.env.NODE_ENV === 'production') {
      throw new Error(
        'SignerPageModule is a tool for development, and NODE_ENV is production: import it in development only',
      );
    }
  }

  /** @internal Nest calls it. */
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply(servePage)
      .forRoutes({ path: 'signer', method: RequestMethod.GET }, { path: 'signer/:name', method: RequestMethod.GET });
  }
}
