import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type ExecutionContext,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { isPromise, type MaybePromise } from '../core/maybe-promise.js';
import { RefusalError } from '../core/refusal.js';
import type { Verdict, VerifiedRequest } from '../core/verify/verdict.js';
import type { Verification } from '../core/verify/verification.js';
import { Verifier } from '../core/verify/verifier.js';
import type { BodyCapture } from '../http/body-capture.js';
import type { BodyLimits } from '../http/body-hold.js';
import { HeldBytes } from '../http/held-bytes.js';
import { RequestState } from '../http/request-state.js';
import { PUBLIC_OPTIONS } from './apig-signature.module-definition.js';
import type { PublicApigSignatureOptions, ResolvedRoutePolicy } from './apig-signature.options.js';
import { keptBodyHash } from './kept-body.js';
import { KeyringSource } from './keys/keyring-source.js';
import { VerdictReporter, type Judged, type JudgedHead } from './report/verdict-reporter.js';

/** What is asked of the verification of one request. */
export interface OneVerification extends Pick<Verification, 'judge' | 'judgeWithoutBody'> {
  readonly head: JudgedHead;
}

/** Milliseconds that bodies on their way have when the application shuts down. */
const SHUTDOWN_GRACE = 5000;

/** Verifies captured requests. Only here is a body asked for. */
@Injectable()
export class VerificationService implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #logger = new Logger('ApigSignature');
  readonly #open = new RequestState<Verification>();
  readonly #heldBytes: HeldBytes;
  #shutdownTimer: NodeJS.Timeout | undefined;
  #verifier: Verifier | undefined;
  #warned = false;

  readonly #options: PublicApigSignatureOptions;
  readonly #keyringSource: KeyringSource;
  readonly #reporter: VerdictReporter;

  constructor(
    @Inject(PUBLIC_OPTIONS) options: PublicApigSignatureOptions,
    @Inject(KeyringSource) keyringSource: KeyringSource,
    @Inject(VerdictReporter) reporter: VerdictReporter,
    @Inject(HeldBytes) heldBytes: HeldBytes,
  ) {
    this.#options = options;
    this.#keyringSource = keyringSource;
    this.#reporter = reporter;
    this.#heldBytes = heldBytes;
  }

  /** A server that closes waits for bodies that stall, and Node enforces no `requestTimeout` on it any more. */
  beforeApplicationShutdown(): void {
    this.#shutdownTimer = setTimeout(() => this.#heldBytes.close(), SHUTDOWN_GRACE).unref();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.#shutdownTimer);
  }

  /**
   * Verifies a request, and reports the verdict. `request` is the framework's, if there is one. Without a context the
   * application asked through SignerService. Never throws or rejects, once there are keys.
   */
  verify(
    capture: BodyCapture,
    policy: ResolvedRoutePolicy,
    request: object | undefined,
    context?: ExecutionContext,
  ): MaybePromise<Verdict> {
    const start = this.#options.onVerdict && performance.now();
    const verification = this.open(capture, policy, request);
    const judged = { capture, head: verification.head, policy, request, context, start };
    const verdict = verification.judge(policy);
    return isPromise(verdict)
      ? verdict.then((settled) => this.#report(settled, judged))
      : this.#report(verdict, judged);
  }

  /**
   * Waits until a signed body has arrived as a whole. Does not wait if the headers alone refuse the request: a caller
   * must name a known key, and must have signed the body hash that the request declares. Rejects with a RefusalError if
   * the body does not arrive, or may not wait.
   */
  async awaitBody(capture: BodyCapture, policy: ResolvedRoutePolicy, request: object | undefined): Promise<void> {
    if (!capture.isCapturing || (await this.open(capture, policy, request).judgeWithoutBody(policy))) return;
    await capture.hash({ bodyLimit: policy.bodyLimit, heldBytes: this.#heldBytes });
  }

  /** The verification of a request. What an earlier verdict on the request found out is not asked again. */
  protected open(
    capture: BodyCapture,
    { bodyLimit }: ResolvedRoutePolicy,
    request: object | undefined,
  ): OneVerification {
    const earlier = this.#open.get(capture);
    if (earlier) return earlier;
    this.#verifier ??= new Verifier(this.#keyringSource.load(), this.#options);
    const limits = { bodyLimit, heldBytes: this.#heldBytes };
    const body = capture.capturesNothing
      ? undefined
      : () => this.#hashBody(capture, limits, request ?? capture.request);
    const verification = this.#verifier.open(capture, body);
    this.#open.set(capture, verification);
    return verification;
  }

  /** Reports a verdict, if there is somebody to be told of it, and passes it on. */
  #report(verdict: Verdict, judged: Judged): Verdict {
    if (verdict.ok) this.#warnOfUnsignedContentType(verdict, judged);
    if (!verdict.ok || this.#options.onVerdict) this.#reporter.report(verdict, judged);
    return verdict;
  }

  #hashBody(capture: BodyCapture, limits: BodyLimits, request: object): MaybePromise<string | undefined> {
    const { readBody } = this.#options;
    if (!readBody) return capture.hash(limits);
    const ask = (error: unknown) => {
      // Of bytes that were seen, the capture knows better.
      if (!isNotCaptured(error) || capture.bytes > 0) throw error;
      return keptBodyHash(capture, readBody, request, error.refusal.reason!);
    };
    try {
      const hash = capture.hash(limits);
      return isPromise(hash) ? hash.catch(ask) : hash;
    } catch (error) {
      return ask(error);
    }
  }

  #warnOfUnsignedContentType({ bodyVerified, signedHeaders }: VerifiedRequest, { capture, policy }: Judged): void {
    if (this.#warned || policy.contentTypes || !bodyVerified || capture.bytes === 0) return;
    if (capture.headers.get('content-type') === undefined || signedHeaders.includes('content-type')) return;
    this.#warned = true;
    this.#logger.warn(
      'A signed body came under a Content-Type that is not signed: a proxy on the way can make the handler ' +
        "read it as something else. Set contentTypes, such as ['application/json'], or have the gateway sign it and set " +
        "signedIfPresent: ['content-type', 'content-encoding']. (Said once.)",
    );
  }
}

function isNotCaptured(error: unknown): error is RefusalError {
  return error instanceof RefusalError && error.refusal.code === 'BODY_NOT_CAPTURED';
}
