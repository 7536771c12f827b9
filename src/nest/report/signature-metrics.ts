import { Inject, Injectable } from '@nestjs/common';
import { HeldBytes } from '../../http/held-bytes.js';

/**
 * Figures of the bodies that wait in memory for a verdict, for gauges of a monitoring system. Inject it. Each figure
 * costs nothing to read.
 *
 * @example
 * ```ts
 * @Injectable()
 * export class BodyGauges {
 *   constructor(metrics: SignatureMetrics) {
 *     const name = 'apig_signature_held_bytes';
 *     new Gauge({ name, help: 'Bytes that wait for a verdict', collect() { this.set(metrics.heldBytes); } });
 *   }
 * }
 * ```
 * @category Observe
 */
@Injectable()
export class SignatureMetrics {
  readonly #account: HeldBytes;

  /** @internal Nest makes it. */
  constructor(@Inject(HeldBytes) account: HeldBytes) {
    this.#account = account;
  }

  /** Bytes that are held now. The option `heldBytes` is their limit. */
  get heldBytes(): number {
    return this.#account.total;
  }

  /** Requests that wait for their bodies now. */
  get waitingRequests(): number {
    return this.#account.waiting;
  }

  /** Requests that were refused with `HELD_BYTES_EXCEEDED` since the start, so that others could be served. */
  get sentAway(): number {
    return this.#account.sentAway;
  }
}
