import { Inject, Injectable, Logger } from '@nestjs/common';
import { whenReady, type MaybePromise } from '../core/maybe-promise.js';
import type { ReceivedRequest } from '../core/verify/received-request.js';
import type { Verdict, VerifiedRequest } from '../core/verify/verdict.js';
import type { Untrusted, Verification } from '../core/verify/verification.js';
import { Verifier } from '../core/verify/verifier.js';
import { PUBLIC_OPTIONS } from './apig-signature.module-definition.js';
import {
  DEFAULT_HELD_BYTES,
  type PublicApigSignatureOptions,
  type ResolvedRoutePolicy,
} from './apig-signature.options.js';
import type { BodyLimits } from '../http/body-hold.js';
import type { BodyCapture } from '../http/body-capture.js';
import { HeldBytes } from '../http/held-bytes.js';
import { KeyringSource } from './keys/keyring.source.js';
import { RequestState } from '../http/request-state.js';

/** What is known of one raw request, for as long as its method stays what it was. */
interface OpenRequest {
  readonly method: string | undefined;
  readonly received: ReceivedRequest;
  readonly verification: Verification;
}

const PRINTABLE_ASCII = /^[\x21-\x7e]*$/;

/** Verifies Node's requests: the one place where a wire request is made of one, and its body asked for. */
@Injectable()
export class VerificationService {
  readonly #logger = new Logger('ApigSignature');
  readonly #open = new RequestState<OpenRequest>();
  readonly #heldBytes: HeldBytes;
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
    this.#heldBytes = new HeldBytes(options.heldBytes ?? DEFAULT_HELD_BYTES);
  }

  /** Bytes of all bodies that wait in memory now. */
  get heldBytes(): number {
    return this.#heldBytes.total;
  }

  /**
   * The verdict on a request under a policy. What an earlier call found out of the request is not looked for again;
   * whether that is enough is judged each time. Throws and rejects never, once there are keys.
   */
  verify(capture: BodyCapture, policy: ResolvedRoutePolicy): MaybePromise<Verdict> {
    return whenReady(this.#opened(capture, policy.bodyLimit).verification.judge(policy), (verdict) => {
      if (verdict.ok && capture.bytes > 0) this.#warnOfUnsignedContentType(capture, verdict);
      return verdict;
    });
  }

  /** Waits until a signed body has arrived as a whole. Rejects with a RefusalError if it cannot be had. */
  async capture(capture: BodyCapture, { bodyLimit }: ResolvedRoutePolicy): Promise<void> {
    if (capture.isCapturing) await capture.hash({ bodyLimit, heldBytes: this.#heldBytes });
  }

  /** What is known of a request that was verified before; nothing of any other. Asks for nothing more. */
  recall(capture: BodyCapture): Pick<OpenRequest, 'received' | 'verification'> | undefined {
    return this.#open.get(capture);
  }

  /** What a request says of itself, as far as it was verified. */
  untrustedOf(capture: BodyCapture): Untrusted {
    return this.recall(capture)?.verification.untrusted ?? {};
  }

  #opened(capture: BodyCapture, bodyLimit: number): OpenRequest {
    const { method } = capture.request;
    let open = this.#open.get(capture);
    if (!open || open.method !== method) {
      this.#verifier ??= new Verifier(this.#keyringSource.load(), this.#options);
      const received = receive(capture, method, { bodyLimit, heldBytes: this.#heldBytes });
      open = { method, received, verification: this.#verifier.open(received) };
      this.#open.set(capture, open);
    }
    return open;
  }

  #warnOfUnsignedContentType({ headers }: BodyCapture, { bodyVerified, signedHeaders }: VerifiedRequest): void {
    if (this.#warned || !bodyVerified) return;
    if (headers.get('content-type') === undefined || signedHeaders.includes('content-type')) return;
    this.#warned = true;
    this.#logger.warn(
      'A signed body came under a Content-Type that is not signed: whoever passes the request on can make the handler ' +
        "read it as something else. Have the gateway's API pass a signed one, and set " +
        "signedIfPresent: ['content-type', 'content-encoding']. (Said once.)",
    );
  }
}

/** `method` is what the request's is by now: an override of it would let an unsigned header choose the handler. */
function receive(capture: BodyCapture, method: string | undefined, limits: BodyLimits): ReceivedRequest {
  const isSound = capture.isPlain && capture.method === method && PRINTABLE_ASCII.test(capture.target);
  return {
    method: capture.method,
    target: isSound ? capture.target : undefined,
    headers: capture.headers,
    body: () => capture.hash(limits),
  };
}
