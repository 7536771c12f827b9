import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type ExecutionContext,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { isPromise, whenReady, type MaybePromise } from '../core/maybe-promise.js';
import { RefusalError } from '../core/refusal.js';
import type { ReceivedRequest } from '../core/verify/received-request.js';
import type { TargetAmbiguity } from '../core/verify/request-target.js';
import type { Verdict, VerifiedRequest } from '../core/verify/verdict.js';
import type { Verification } from '../core/verify/verification.js';
import { Verifier } from '../core/verify/verifier.js';
import type { BodyCapture } from '../http/body-capture.js';
import type { BodyLimits } from '../http/body-hold.js';
import { HeldBytes } from '../http/held-bytes.js';
import { announcesBody } from '../http/node-request.js';
import { RequestState } from '../http/request-state.js';
import { PUBLIC_OPTIONS } from './apig-signature.module-definition.js';
import type { PublicApigSignatureOptions, ResolvedRoutePolicy } from './apig-signature.options.js';
import { keptBodyHash } from './kept-body.js';
import { KeyringSource } from './keys/keyring.source.js';
import { VerdictReporter } from './report/verdict.reporter.js';

/** What is asked of the verification of one request. */
export type OneVerification = Pick<
  Verification,
  'judge' | 'judgeHeaders' | 'namesAllowedKey' | 'request' | 'signer' | 'untrusted'
>;

/** The verification of one raw request, for as long as its method stays the same. */
interface OpenVerification {
  readonly method: string | undefined;
  readonly verification: Verification;
}

/** Who asks for a verdict. */
export interface Asker {
  /** The framework's request. Not set: there is none. */
  readonly request: object | undefined;
  /** The call of a handler that a guard judges. Not set: the application asked through SignerService. */
  readonly context?: ExecutionContext;
}

/** Milliseconds that bodies on their way have when the application shuts down. */
const SHUTDOWN_GRACE = 5000;

const PRINTABLE_ASCII = /^[\x21-\x7e]*$/;

/** Verifies Node's requests. Only here is a received request made of a captured one, and its body asked for. */
@Injectable()
export class VerificationService implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #logger = new Logger('ApigSignature');
  readonly #open = new RequestState<OpenVerification>();
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

  /** Verifies a request, measures how long that takes, and reports the verdict. Never throws or rejects, once there are keys. */
  verify(capture: BodyCapture, policy: ResolvedRoutePolicy, asker: Asker): MaybePromise<Verdict> {
    const start = performance.now();
    const verification = this.open(capture, policy, asker.request);
    return whenReady(verification.judge(policy), (verdict) => {
      if (verdict.ok && capture.bytes > 0 && !policy.contentTypes) this.#warnOfUnsignedContentType(capture, verdict);
      if (verdict.ok && !this.#options.onVerdict) return verdict;
      const duration = performance.now() - start;
      this.#reporter.report({ verdict, capture, verification, duration, policy, ...asker });
      return verdict;
    });
  }

  /**
   * Waits until a signed body has arrived as a whole. Waits for no body of a request that its headers alone refuse, so
   * that nobody can hold bytes without a key. Rejects with a RefusalError if the body cannot be had.
   */
  async awaitBody(capture: BodyCapture, policy: ResolvedRoutePolicy, request: object | undefined): Promise<void> {
    if (!capture.isCapturing || (await this.open(capture, policy, request).judgeHeaders(policy))) return;
    await capture.hash({ bodyLimit: policy.bodyLimit, heldBytes: this.#heldBytes });
  }

  /** The verification of a request. What an earlier verdict on the request found out is not asked again. */
  protected open(
    capture: BodyCapture,
    { bodyLimit }: ResolvedRoutePolicy,
    request: object | undefined,
  ): OneVerification {
    const { method } = capture.request;
    let open = this.#open.get(capture);
    if (open?.method !== method) {
      this.#verifier ??= new Verifier(this.#keyringSource.load(), this.#options);
      const body = () => this.#hashBody(capture, { bodyLimit, heldBytes: this.#heldBytes }, request ?? capture.request);
      const received = { ...receive(capture, method), body };
      open = { method, verification: this.#verifier.open(received) };
      this.#open.set(capture, open);
    }
    return open!.verification;
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

  #warnOfUnsignedContentType({ headers }: BodyCapture, { bodyVerified, signedHeaders }: VerifiedRequest): void {
    if (this.#warned || !bodyVerified) return;
    if (headers.get('content-type') === undefined || signedHeaders.includes('content-type')) return;
    this.#warned = true;
    this.#logger.warn(
      'A signed body came under a Content-Type that is not signed: whoever passes the request on can make the handler ' +
        "read it as something else. Set contentTypes, such as ['application/json'], or have the gateway sign it and set " +
        "signedIfPresent: ['content-type', 'content-encoding']. (Said once.)",
    );
  }
}

/** `method` is what the request's method is by now: an override would let an unsigned header choose the handler. */
function receive(capture: BodyCapture, method: string | undefined): ReceivedRequest {
  return {
    method: capture.method,
    target: capture.target,
    headers: capture.headers,
    hasBody: announcesBody(capture.request),
    ambiguity: ambiguityOf(capture, method),
  };
}

function isNotCaptured(error: unknown): error is RefusalError {
  return error instanceof RefusalError && error.refusal.code === 'BODY_NOT_CAPTURED';
}

function ambiguityOf(capture: BodyCapture, method: string | undefined): TargetAmbiguity | undefined {
  if (capture.ambiguity) return capture.ambiguity;
  if (capture.method !== method) return 'method overridden';
  return PRINTABLE_ASCII.test(capture.target) ? undefined : 'odd bytes in the target';
}
