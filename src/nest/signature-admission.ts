import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { isPromise, type MaybePromise } from '../core/maybe-promise.js';
import { RefusalError, refusalOf, type Refusal } from '../core/refusal.js';
import type { Verdict } from '../core/verify/verdict.js';
import { PUBLIC_OPTIONS } from './apig-signature.module-definition.js';
import {
  resolveRoutePolicy,
  type PublicApigSignatureOptions,
  type ResolvedRoutePolicy,
} from './apig-signature.options.js';
import { BodyCapture } from '../http/body-capture.js';
import { rawRequestOf } from '../http/node-request.js';
import { discardBody } from '../http/refused-body.js';
import { RetryAfter } from '../http/retry-after.js';
import { VerificationService } from './verification.service.js';
import { mergePolicies, ruleFor } from './route-policy.js';
import { SignatureException } from './signature.exception.js';
import { keepVerdict } from './handler-verdicts.js';
import { requestIn } from './request-in-context.js';
import { MismatchLog } from './report/mismatch-log.js';
import { routeOf, VerdictReporter } from './report/verdict-reporter.js';

/**
 * Decides which requests reach a handler. Nest makes a guard for each module that uses one. All of them ask this
 * provider, so a test that overrides it changes all of them.
 */
@Injectable()
export class SignatureAdmission {
  readonly #policies = new WeakMap<object, WeakMap<object, ResolvedRoutePolicy | 'skip'>>();
  readonly #retryAfter = new RetryAfter();

  readonly #options: PublicApigSignatureOptions;
  readonly #isReport: boolean;
  readonly #verification: VerificationService;
  readonly #reporter: VerdictReporter;
  readonly #adapterHost: HttpAdapterHost;
  readonly #mismatchLog: MismatchLog;

  constructor(
    @Inject(PUBLIC_OPTIONS) options: PublicApigSignatureOptions,
    @Inject(VerificationService) verification: VerificationService,
    @Inject(VerdictReporter) reporter: VerdictReporter,
    @Inject(HttpAdapterHost) adapterHost: HttpAdapterHost,
    @Inject(MismatchLog) mismatchLog: MismatchLog,
  ) {
    this.#options = options;
    this.#isReport = options.mode === 'report';
    this.#verification = verification;
    this.#reporter = reporter;
    this.#adapterHost = adapterHost;
    this.#mismatchLog = mismatchLog;
  }

  /**
   * True if the handler may be called. Throws, or rejects with, a SignatureException if the request is refused. In mode
   * `'report'` the handler may always be called.
   */
  admit(context: ExecutionContext): MaybePromise<true> {
    // This comes before any look at the context, because a skipped WebSocket gateway has no HTTP request.
    const policy = this.#policyFor(context);
    if (policy === 'skip') return true;
    const request = requestIn(context);
    const capture = this.#findCapture(context, request);
    if (!capture) return this.#admitUnjudged(context);
    const verdict = this.#verification.verify(capture, policy, request, context);
    return isPromise(verdict)
      ? verdict.then((settled) => this.#conclude(settled, context, request, capture))
      : this.#conclude(verdict, context, request, capture);
  }

  #conclude(verdict: Verdict, context: ExecutionContext, request: object | undefined, capture: BodyCapture): true {
    const isAdmitted = verdict.ok || this.#isReport;
    keepVerdict(context, request, { capture, verdict, isAdmitted });
    if (!verdict.ok && !isAdmitted) throw this.#exception(verdict.refusal, capture, context);
    return true;
  }

  /** Waits until the whole signed body has arrived. Rejects with a SignatureException if the body is not available. */
  async awaitBody(context: ExecutionContext): Promise<void> {
    const policy = this.#policyFor(context);
    const limits = policy === 'skip' ? resolveRoutePolicy(this.#options) : policy;
    const request = requestIn(context);
    const capture = this.#findCapture(context, request);
    if (!capture) throw this.#withoutRequest(context);
    try {
      await this.#verification.awaitBody(capture, limits, request);
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      if (!this.#isReport) throw this.#exception(error.refusal, capture, context);
      const problem = `${error.refusal.code} at ${routeOf(context)}, before RawBodyInterceptor`;
      this.#reporter.warnOfUnjudged(`Let through by mode 'report': ${problem}`);
    }
  }

  #policyFor(context: ExecutionContext): ResolvedRoutePolicy | 'skip' {
    const [type, handler] = [context.getClass(), context.getHandler()];
    let ofType = this.#policies.get(type);
    if (!ofType) this.#policies.set(type, (ofType = new WeakMap()));
    let policy = ofType.get(handler);
    if (!policy) {
      const rule = ruleFor(type, handler);
      policy = rule === 'skip' ? rule : resolveRoutePolicy(mergePolicies(this.#options, rule));
      ofType.set(handler, policy);
    }
    return policy;
  }

  #findCapture(context: ExecutionContext, request: object | undefined): BodyCapture | undefined {
    const raw = rawRequestOf(request ?? this.#options.getRequest?.(context));
    return raw && BodyCapture.on(raw);
  }

  #admitUnjudged(context: ExecutionContext): true {
    if (!this.#isReport) throw this.#withoutRequest(context);
    this.#reporter.warnOfUnjudged(`Let through by mode 'report': ${withoutRequest(context).message}`);
    return true;
  }

  /**
   * The error for a context without a request. GraphQL sends its callers every message, but this message is for the
   * log.
   */
  #withoutRequest(context: ExecutionContext): Error {
    const error = withoutRequest(context);
    if (context.getType<string>() !== 'graphql') return error;
    this.#reporter.warnOfUnjudged(error.message);
    return new SignatureException(refusalOf('AUTHORIZATION_MISSING'));
  }

  #exception(refusal: Refusal, capture: BodyCapture, context: ExecutionContext): SignatureException {
    discardBody(capture);
    if (context.getType() === 'http') {
      const response = context.switchToHttp().getResponse<unknown>();
      const explained = this.#mismatchLog.headerFor(capture);
      const headers = [this.#headerFor(refusal), explained && (['X-Apig-Explain', explained] as const)];
      for (const [name, value] of headers.filter((header) => typeof header === 'object')) {
        this.#adapterHost.httpAdapter.setHeader(response, name, value);
      }
    }
    return new SignatureException(refusal);
  }

  /** The response header that a refusal adds. */
  #headerFor({ status, code }: Refusal): [name: string, value: string] | undefined {
    if (status === 401) return ['WWW-Authenticate', 'SDK-HMAC-SHA256'];
    if (code === 'HELD_BYTES_EXCEEDED') return ['Retry-After', String(this.#retryAfter.seconds())];
    return undefined;
  }
}

function withoutRequest(context: ExecutionContext): Error {
  return new Error(
    `No HTTP request to verify in a context of type "${context.getType()}" (${routeOf(context)}): ` +
      'give ApigSignatureModule.forRoot() the option getRequest, or mark this handler with @SkipApigSignature(), and not ' +
      'its class, which may have HTTP routes',
  );
}
