/**
 * For tests of applications: plays the API gateway, or turns verification off.
 *
 * @module nestjs-apig-signature/testing
 */

import { randomUUID } from 'node:crypto';
import { Keyring, type ReadKeyring } from './core/keys/keyring.js';
import { signRequest, type SignOptions } from './core/scheme/sign-request.js';
import type { VerifiedRequest } from './core/verify/verdict.js';
import { sortNames } from './core/scheme/wire-request.js';
import { MODULE_OPTIONS_TOKEN, PUBLIC_OPTIONS } from './nest/apig-signature.module-definition.js';
import { publicOptionsOf, type ApigSignatureOptions } from './nest/apig-signature.options.js';
import type { BodyCapture } from './http/body-capture.js';
import { readHeaders } from './http/node-request.js';
import { KeyringSource } from './nest/keys/keyring-source.js';
import { VerificationService, type OneVerification } from './nest/verification.service.js';

/**
 * What is needed of the builder that `Test.createTestingModule()` of `@nestjs/testing` gives.
 *
 * @category Turn verification off
 */
export interface OverridableBuilder {
  /** Says which provider is to be another one. */
  overrideProvider(token: unknown): {
    /** An instance of this class instead. */
    useClass(type: unknown): unknown;
    /** What this function makes instead. */
    useFactory(recipe: { factory: (options: ApigSignatureOptions) => unknown; inject: unknown[] }): unknown;
  };
}

/**
 * A request of a test. Names and values as for `fetch`, supertest's `set()` and Fastify's `inject()`.
 *
 * @category Play the gateway
 */
export interface TestRequest {
  /** The method, in capitals. */
  readonly method: string;
  /** The request target: `/path?query`, without the host. */
  readonly url: string;
  /**
   * All of them are signed, unless `signedHeaders` says otherwise; so is a `Host`, if it is here. Not set: none. A value
   * beyond ASCII reaches the application from `fetch` and `inject()`; Node's own client, and so supertest, writes other
   * bytes if the body is a string.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body as it will be sent: no object that a client writes out by itself. Not set: no body. */
  readonly body?: string | Uint8Array;
}

/**
 * The same request with the headers to send: `X-Sdk-Date` and `Authorization` are among them.
 *
 * @category Play the gateway
 */
export type SignedTestRequest<R extends TestRequest> = Omit<R, 'headers'> & {
  /** Every header to send, by the name that the test gave it. */
  readonly headers: Record<string, string>;
};

/**
 * How a {@link TestGateway} signs.
 *
 * @category Play the gateway
 */
export interface TestGatewayOptions {
  /** The name of its signing key. Not set: `test_key`. */
  readonly key?: string | undefined;
  /** Not set: a random one. */
  readonly secret?: string | undefined;
  /** Its clock, and that of the applications that trust it. Not set: it stands at 2026-01-15T09:30:45Z. */
  readonly now?: Date | number | (() => number) | undefined;
}

/**
 * Plays the API gateway in tests: signs their requests, for applications that trust it.
 *
 * @example
 * ```ts
 * const gateway = new TestGateway();
 * const builder = gateway.trustedBy(Test.createTestingModule({ imports: [AppModule] }));
 * const app = await (await builder.compile()).createNestApplication().init();
 *
 * const { url, headers, body } = gateway.sign({ method: 'POST', url: '/orders?size=1', body: '{"item":"tea"}' });
 * await supertest(app.getHttpServer()).post(url).set(headers).send(body).expect(201);
 * ```
 * @category Play the gateway
 */
export class TestGateway {
  /** The name of its signing key. */
  readonly key: string;
  readonly #secret: string;
  readonly #now: () => number;

  /**
   * Throws a TypeError, which shows no secret, for a key or a secret that could not work.
   *
   * @param options - Its key, its secret and its clock. Not set: a key and a secret of its own, and a clock that stands.
   */
  constructor({
    key = 'test_key',
    secret = randomUUID(),
    now = Date.UTC(2026, 0, 15, 9, 30, 45),
  }: TestGatewayOptions = {}) {
    this.key = key;
    this.#secret = secret;
    this.#now = typeof now === 'function' ? now : () => Number(now);
    this.#keyring(); // throws
  }

  /**
   * Makes the application trust this gateway: its key in place of those that are configured, which need not exist, and
   * its clock. Every other option stays. Gives back the builder.
   */
  trustedBy<B extends OverridableBuilder>(builder: B): B {
    const keyring = this.#keyring();
    class OneKey extends KeyringSource {
      override load(): Keyring {
        return keyring;
      }
    }
    builder.overrideProvider(KeyringSource).useClass(OneKey);
    builder.overrideProvider(PUBLIC_OPTIONS).useFactory({
      factory: (options) => publicOptionsOf({ ...options, now: this.#now }),
      inject: [MODULE_OPTIONS_TOKEN],
    });
    return builder;
  }

  /**
   * Signs a request, with this gateway's key and at its time unless `options` say otherwise: a wrong `secret`, an old
   * `date`. Throws what `signRequest` throws.
   */
  sign<const R extends TestRequest>(request: R, options: Partial<SignOptions> = {}): SignedTestRequest<R> {
    const { method, url, headers = {}, body } = request;
    const signed = signRequest(
      {
        method,
        target: url,
        headers: Object.entries(headers),
        body: typeof body === 'string' ? Buffer.from(body) : body,
      },
      { key: this.key, secret: this.#secret, now: this.#now, ...options },
    );
    return { ...request, headers: Object.fromEntries(signed.headers) };
  }

  #keyring(): Keyring {
    return new Keyring({ [this.key]: this.#secret });
  }
}

/**
 * What handlers are told of each request while verification is off: the key, and what else a test wants to say.
 *
 * @category Turn verification off
 */
export type AssumedVerdict = Pick<VerifiedRequest, 'key'> & Partial<Omit<VerifiedRequest, 'ok'>>;

/**
 * Turns verification off everywhere in the application under test, on decorated routes, under a global guard and for
 * `SignerService.verify()`: every request passes as if `verdict.key` had signed it. Not set in `verdict`: every header
 * that the request has is signed, its date is now, its body verified. Routes under `@SkipApigSignature()` have no
 * verdict, as ever. The application needs no keys before `SignerService` signs with them. Gives back the builder.
 *
 * For tests of handlers: nothing is proved of signatures there.
 *
 * @example
 * ```ts
 * const builder = overrideSignature(Test.createTestingModule({ imports: [AppModule] }), { key: 'signature_key1' });
 * const app = await (await builder.compile()).createNestApplication().init();
 *
 * await supertest(app.getHttpServer()).get('/orders').expect(200); // without a signature
 * ```
 * @category Turn verification off
 */
export function overrideSignature<B extends OverridableBuilder>(builder: B, verdict: AssumedVerdict): B {
  class AssumingVerifier extends VerificationService {
    protected override open({ request }: BodyCapture): OneVerification {
      const now = new Date();
      const skew = ((verdict.date ?? now).getTime() - now.getTime()) / 1000;
      const signedHeaders = [...new Set(sortNames(readHeaders(request).map(([name]) => name)))];
      return {
        judge: () => ({
          ok: true,
          secretIndex: 0,
          signedHeaders,
          date: now,
          bodyVerified: true,
          ...structuredClone(verdict),
        }),
        judgeWithoutBody: () => undefined,
        head: { namesAllowedKey: () => true, signer: undefined, untrusted: { skew } },
      };
    }
  }
  builder.overrideProvider(VerificationService).useClass(AssumingVerifier);
  builder.overrideProvider(KeyringSource).useClass(LazyKeyringSource);
  return builder;
}

/** The application's own keys, for its `SignerService`. They are read when it first asks for one, not at the start. */
class LazyKeyringSource extends KeyringSource {
  override load(): ReadKeyring {
    return {
      secretsOf: (key) => super.load().secretsOf(key),
      knownSecrets: () => new Map(),
      isKnownSecret: () => false,
    };
  }
}
