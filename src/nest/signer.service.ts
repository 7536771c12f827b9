import { Inject, Injectable } from '@nestjs/common';
import { isRefusal } from '../core/refusal.js';
import { signRequest, type RequestToSign, type SignedRequest, type SignOptions } from '../core/scheme/sign-request.js';
import type { Verdict } from '../core/verify/verdict.js';
import { PUBLIC_OPTIONS } from './apig-signature.module-definition.js';
import { resolveRoutePolicy, type PublicApigSignatureOptions } from './apig-signature.options.js';
import { BodyCapture } from '../http/body-capture.js';
import { rawRequestOf } from '../http/node-request.js';
import { KeyringSource } from './keys/keyring-source.js';
import { VerificationService } from './verification.service.js';

/**
 * How to sign: the options of `signRequest`, without the need to give the secret.
 *
 * @category Sign and verify
 */
export type SignerOptions = Omit<SignOptions, 'secret'> & {
  /** The secret of the key. Default: the first secret that the application's keyring has for the key. */
  readonly secret?: string | undefined;
};

/**
 * Signs requests with the application's keys, and verifies requests on routes without a guard.
 *
 * @example
 * ```ts
 * @Injectable()
 * export class OrdersApi {
 *   constructor(private readonly signer: SignerService) {}
 *
 *   async order(url: URL, order: object) {
 *     const body = Buffer.from(JSON.stringify(order)); // these bytes are signed, and these are sent
 *     const headers: [string, string][] = [['Host', url.host], ['Content-Type', 'application/json']];
 *     const request = { method: 'POST', target: url.pathname + url.search, headers, body };
 *     const signed = await this.signer.sign(request, { key: 'signature_key1' });
 *     return await fetch(url, { method: 'POST', body, headers: signed.headers, redirect: 'error' });
 *   }
 * }
 * ```
 * @category Sign and verify
 */
@Injectable()
export class SignerService {
  readonly #options: PublicApigSignatureOptions;
  readonly #keyringSource: KeyringSource;
  readonly #verification: VerificationService;

  /** @internal Nest makes it. */
  constructor(
    @Inject(PUBLIC_OPTIONS) options: PublicApigSignatureOptions,
    @Inject(KeyringSource) keyringSource: KeyringSource,
    @Inject(VerificationService) verification: VerificationService,
  ) {
    this.#options = options;
    this.#keyringSource = keyringSource;
    this.#verification = verification;
  }

  /**
   * Signs a request, dated by the option `now`. If the key has several secrets, the first one signs. Rejects with an
   * Error if the key is not known or cannot be looked up, and with the errors that `signRequest` throws.
   */
  async sign(request: RequestToSign, options: SignerOptions): Promise<SignedRequest> {
    const secret = options.secret ?? (await this.#secretOf(options.key));
    return signRequest(request, { now: this.#options.now, ...options, secret });
  }

  /**
   * Verifies a request of Express or Fastify, or Node's own, by the application's options. It is for a route without a
   * guard; put `RawBodyInterceptor` on that route. Resolves with the verdict, and never rejects because of a refusal: a
   * handler that does not check `ok` lets everybody in. The option `mode` changes nothing here. Rejects with a
   * TypeError for a value that is not such a request.
   */
  async verify(request: object): Promise<Verdict> {
    const raw = rawRequestOf(request);
    if (!raw) throw new TypeError("request: expected Node's request, or a framework's");
    const capture = BodyCapture.on(raw);
    return this.#verification.verify(capture, resolveRoutePolicy(this.#options), request);
  }

  async #secretOf(key: string): Promise<string> {
    const secrets = await this.#keyringSource.load().secretsOf(key);
    if (secrets === undefined) throw new Error(`No signing key ${JSON.stringify(key)}`);
    if (isRefusal(secrets)) throw new Error(secrets.reason ?? secrets.message);
    return secrets[0]!;
  }
}
