import type { IncomingMessage } from 'node:http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { whenReady, type MaybePromise } from '../core/maybe-promise.js';
import type { Verdict, VerifiedRequest } from '../core/verdict.js';
import type { Verification } from '../core/verification.js';
import { Verifier } from '../core/verifier.js';
import type { WireRequest } from '../core/wire-request.js';
import { PUBLIC_OPTIONS } from './apig-signature.module-definition.js';
import type { PublicApigSignatureOptions, ResolvedRoutePolicy } from './apig-signature.options.js';
import { BodyTap } from './body.tap.js';
import { hasTwoHosts, readHeaders } from './http.request.js';
import { KeyringSource } from './keyring.source.js';
import { objectMemory } from './object.memory.js';

/** What is known of one raw request, for as long as its method stays what it was. */
interface OpenRequest {
  readonly method: string | undefined;
  readonly wire: WireRequest;
  readonly verification: Verification;
}

const PRINTABLE_ASCII = /^[\x21-\x7e]*$/;

/** Verifies Node's requests: the one place where a wire request is made of one, and its body asked for. */
@Injectable()
export class RequestVerifier {
  readonly #logger = new Logger('ApigSignature');
  readonly #open = objectMemory<OpenRequest>();
  #verifier: Verifier | undefined;
  #warned = false;

  readonly #options: PublicApigSignatureOptions;
  readonly #keyringSource: KeyringSource;

  constructor(
    @Inject(PUBLIC_OPTIONS) options: PublicApigSignatureOptions,
    @Inject(KeyringSource) keyringSource: KeyringSource,
  ) {
    this.#options = options;
    this.#keyringSource = keyringSource;
  }

  /**
   * The verdict on a request under a policy. What an earlier call found out of the request is not looked for again;
   * whether that is enough is judged each time. Throws and rejects never, once there are keys.
   */
  verify(request: IncomingMessage, policy: ResolvedRoutePolicy): MaybePromise<Verdict> {
    return whenReady(this.#opened(request, policy.bodyLimit).verification.judge(policy), (verdict) => {
      if (verdict.ok) this.#warnOfUnsignedContentType(request, verdict);
      else if (verdict.refusal.reason) this.#logger.error(`${verdict.refusal.code}: ${verdict.refusal.reason}`);
      return verdict;
    });
  }

  #opened(request: IncomingMessage, bodyLimit: number): OpenRequest {
    let open = this.#open.get(request);
    if (open?.method !== request.method || !open) {
      this.#verifier ??= new Verifier(this.#keyringSource.load(), this.#options);
      const wire = readWireRequest(request, bodyLimit);
      open = { method: request.method, wire, verification: this.#verifier.open(wire) };
      this.#open.set(request, open);
    }
    return open;
  }

  #warnOfUnsignedContentType(request: IncomingMessage, { bodyVerified, signedHeaders }: VerifiedRequest): void {
    if (this.#warned || !bodyVerified || BodyTap.on(request).bytes === 0) return;
    if (request.headers['content-type'] === undefined || signedHeaders.includes('content-type')) return;
    this.#warned = true;
    this.#logger.warn(
      'A signed body came under a Content-Type that is not signed: whoever passes the request on can make the handler ' +
        "read it as something else. Have the gateway's API pass a signed one, and set " +
        "signedIfPresent: ['content-type', 'content-encoding']. (Said once.)",
    );
  }
}

function readWireRequest(request: IncomingMessage, bodyLimit: number): WireRequest {
  const tap = BodyTap.on(request);
  // A method override would let an unsigned header choose the handler.
  const isSound = tap.method === request.method && PRINTABLE_ASCII.test(tap.target) && !hasTwoHosts(request);
  return {
    method: tap.method,
    target: isSound ? tap.target : undefined,
    headers: readHeaders(request),
    body: () => tap.hash(bodyLimit),
  };
}
