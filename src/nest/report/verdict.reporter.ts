import { inspect } from 'node:util';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { brief } from '../../core/printable.js';
import type { RefusedRequest, Verdict } from '../../core/verify/verdict.js';
import { PUBLIC_OPTIONS } from '../apig-signature.module-definition.js';
import type { PublicApigSignatureOptions } from '../apig-signature.options.js';
import type { BodyCapture } from '../../http/body-capture.js';
import { SparseLog } from './sparse.log.js';
import { eventOf, type Circumstances, type VerdictEvent } from './verdict.event.js';

/** Tells the log and `onVerdict` of verdicts. Whatever comes of that changes none. */
@Injectable()
export class VerdictReporter {
  readonly #logger = new Logger('ApigSignature');
  readonly #warnings = new SparseLog((line) => this.#logger.warn(line));
  readonly #failures = new SparseLog((line) => this.#logger.error(line));

  readonly #options: PublicApigSignatureOptions;

  constructor(@Inject(PUBLIC_OPTIONS) options: PublicApigSignatureOptions) {
    this.#options = options;
  }

  /** Tells of a verdict on a request. Throws nothing. */
  report(verdict: Verdict, capture: BodyCapture, circumstances: Circumstances): void {
    if (!verdict.ok) this.#logRefusal(verdict, capture, circumstances);
    if (this.#options.onVerdict) this.#tell(eventOf(verdict, circumstances));
  }

  /** Says, once a minute at the most, what mode `'report'` let through without a verdict. */
  warnOfUnjudged(problem: string): void {
    this.#warnings.say(problem, () => `Let through by mode 'report': ${problem}`);
  }

  #logRefusal(
    { refusal }: RefusedRequest,
    { method, target }: BodyCapture,
    { untrusted, isReport, route }: Circumstances,
  ): void {
    const { code, message, reason } = refusal;
    // Strangers can make as many of these as they like.
    if (reason !== undefined) this.#failures.say(code, () => `${code}: ${reason}`);
    if (!isReport) return;
    this.#warnings.say(`${code} ${route}`, () => {
      const key = untrusted.key ?? untrusted.untrustedKey;
      // Without the query, where applications keep secrets of their own.
      const where = brief(`${method} ${target.split('?', 1)[0]!}`);
      return (
        `Let through by mode 'report': ${code} (${message}) at ${route}, ${where}` +
        (key === undefined ? '' : `, key "${key}"`)
      );
    });
  }

  #tell(event: VerdictEvent): void {
    const complain = (error: unknown) =>
      this.#failures.say('onVerdict', () => `onVerdict failed: ${inspect(error, { customInspect: false })}`);
    try {
      Promise.resolve(this.#options.onVerdict?.(event)).catch(complain);
    } catch (error) {
      complain(error);
    }
  }
}
