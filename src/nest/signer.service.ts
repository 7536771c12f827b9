import { Inject, Injectable } from '@nestjs/common';
import { isRefusal } from '../core/refusal.js';
import { signRequest, type RequestToSign, type SignedRequest, type SignOptions } from '../core/scheme/sign-request.js';
import type { Verdict } from '../core/verify/verdict.js';
import { PUBLIC_OPTIONS } from './apig-signature.module-definition.js';
import { resolveRoutePolicy, type PublicApigSignatureOptions } from './apig-signature.options.js';
import { BodyCapture } from '../http/body-capture.js';
import { rawRequestOf } from '../http/node-request.js';
import { KeyringSource } from './keys/keyring.source.js';
import { MismatchLog } from './report/mismatch.log.js';
import { VerificationService } from './verification.service.js';
import { VerdictReporter } from './report/verdict.reporter.js';

/** How to sign: as for `signRequest`, with the keyring's secret of the key unless `secret` says another. */
export type SignerOptions = Omit<SignOptions, 'secret'> & {
  /** Not set: the first secret that the application's keyring has for the key. */
  readonly secret?: string | undefined;
};

/** Signs requests with the application's keys, and verifies those that no guard verified. */
@Injectable()
export class SignerService {
  readonly #options: PublicApigSignatureOptions;
  readonly #keyringSource: KeyringSource;
  readonly #verifier: VerificationService;
  readonly #mismatchLog: MismatchLog;
  readonly #reporter: VerdictReporter;

  /** @internal Nest makes it. */
  constructor(
    @Inject(PUBLIC_OPTIONS) options: PublicApigSignatureOptions,
    @Inject(KeyringSource) keyringSource: KeyringSource,
    @Inject(VerificationService) verifier: VerificationService,
    @Inject(MismatchLog) mismatchLog: MismatchLog,
    @Inject(VerdictReporter) reporter: VerdictReporter,
  ) {
    this.#options = options;
    this.#keyringSource = keyringSource;
    this.#verifier = verifier;
    this.#mismatchLog = mismatchLog;
    this.#reporter = reporter;
  }

  /**
   * Signs a request, dated by the option `now`. Of a key that has several secrets, the first one signs. Rejects with an
   * Error if the key is not known or cannot be looked up, and with what `signRequest` throws.
   */
  async sign(request: RequestToSign, options: SignerOptions): Promise<SignedRequest> {
    const secret = options.secret ?? (await this.#secretOf(options.key));
    return signRequest(request, { ...options, secret, date: options.date ?? this.#options.now?.() });
  }

  /**
   * Verifies the framework's request (Express, Fastify, or Node's own) by the application's options, on a route that no
   * guard is in front of; `RawBodyInterceptor` belongs on it. Answers the verdict, and throws no refusal: a handler
   * that does not look at `ok` lets everybody in. The option `mode` changes nothing here.
   */
  async verify(request: object): Promise<Verdict> {
    const raw = rawRequestOf(request);
    if (!raw) throw new TypeError("request: expected Node's request, or a framework's");
    const capture = BodyCapture.on(raw);
    const start = performance.now();
    const verdict = await this.#verifier.verify(capture, resolveRoutePolicy(this.#options));
    const duration = performance.now() - start;
    const untrusted = this.#verifier.untrustedOf(capture);
    this.#reporter.report(verdict, capture, { route: 'SignerService.verify', duration, untrusted, isReport: false });
    this.#mismatchLog.note(verdict, capture, request);
    return verdict;
  }

  async #secretOf(key: string): Promise<string> {
    const secrets = await this.#keyringSource.load().secretsOf(key);
    if (secrets === undefined) throw new Error(`No signing key ${JSON.stringify(key)}`);
    if (isRefusal(secrets)) throw new Error(secrets.reason ?? secrets.message);
    return secrets[0]!;
  }
}
