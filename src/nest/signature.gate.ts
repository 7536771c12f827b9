import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { whenReady, type MaybePromise } from '../core/maybe-promise.js';
import { RefusalError, type Refusal } from '../core/refusal.js';
import { PUBLIC_OPTIONS } from './apig-signature.module-definition.js';
import {
  resolveRoutePolicy,
  type PublicApigSignatureOptions,
  type ResolvedRoutePolicy,
} from './apig-signature.options.js';
import { BodyTap } from './body.tap.js';
import { rawRequestOf, requestIn, responseIn } from './http.request.js';
import { MismatchLog } from './mismatch.log.js';
import { RequestVerifier } from './request.verifier.js';
import { mergePolicies, ruleFor } from './route.policy.js';
import { SignatureException } from './signature.exception.js';
import { rememberVerdict } from './verdict.memory.js';

/**
 * Decides who gets to a handler. Nest makes a guard for each module that uses one; all of them ask this one provider,
 * so that overriding it turns every one of them.
 */
@Injectable()
export class SignatureGate {
  readonly #policies = new WeakMap<object, WeakMap<object, ResolvedRoutePolicy | 'skip'>>();

  readonly #options: PublicApigSignatureOptions;
  readonly #verifier: RequestVerifier;
  readonly #adapterHost: HttpAdapterHost;
  readonly #mismatchLog: MismatchLog;

  constructor(
    @Inject(PUBLIC_OPTIONS) options: PublicApigSignatureOptions,
    @Inject(RequestVerifier) verifier: RequestVerifier,
    @Inject(HttpAdapterHost) adapterHost: HttpAdapterHost,
    @Inject(MismatchLog) mismatchLog: MismatchLog,
  ) {
    this.#options = options;
    this.#verifier = verifier;
    this.#adapterHost = adapterHost;
    this.#mismatchLog = mismatchLog;
  }

  /** True if the handler may be called; throws, or rejects with, a SignatureException if the request is refused. */
  admit(context: ExecutionContext): MaybePromise<true> {
    // Before anything asks what kind of context it is: a skipped WebSocket gateway has no HTTP request to ask for.
    const policy = this.#policyFor(context);
    if (policy === 'skip') return true;
    const request = this.#requestIn(context);
    return whenReady(this.#verifier.verify(request, policy), (verdict) => {
      rememberVerdict(context, verdict.ok ? verdict : undefined);
      if (verdict.ok) return true;
      this.#mismatchLog.note(verdict, request, requestIn(context), responseIn(context));
      throw this.#exception(verdict.refusal, context);
    });
  }

  /** Waits until a signed body has arrived as a whole. Rejects with a SignatureException if it cannot be had. */
  async capture(context: ExecutionContext): Promise<void> {
    const policy = this.#policyFor(context);
    const { bodyLimit } = policy === 'skip' ? resolveRoutePolicy(this.#options) : policy;
    const tap = BodyTap.on(this.#requestIn(context));
    try {
      if (tap.isWatching) await tap.hash(bodyLimit);
    } catch (error) {
      throw error instanceof RefusalError ? this.#exception(error.refusal, context) : error;
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

  #requestIn(context: ExecutionContext): IncomingMessage {
    const request = rawRequestOf(requestIn(context) ?? this.#options.getRequest?.(context));
    if (request) return request;
    throw new Error(
      `No HTTP request to verify in a context of type "${context.getType()}" (${context.getClass().name}): ` +
        'give ApigSignatureModule.forRoot() the option getRequest, or mark the class with @SkipApigSignature()',
    );
  }

  #exception(refusal: Refusal, context: ExecutionContext): SignatureException {
    if (refusal.status === 401 && context.getType() === 'http') {
      const response: unknown = context.switchToHttp().getResponse();
      this.#adapterHost.httpAdapter.setHeader(response, 'WWW-Authenticate', 'SDK-HMAC-SHA256');
    }
    return new SignatureException(refusal);
  }
}
