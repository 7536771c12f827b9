import { inspect } from 'node:util';
import { Inject, Injectable, Logger, type ExecutionContext } from '@nestjs/common';
import { brief } from '../../core/printable.js';
import type { Refusal } from '../../core/refusal.js';
import { splitTarget } from '../../core/scheme/canonical-request.js';
import type { Verdict } from '../../core/verify/verdict.js';
import type { Policy } from '../../core/verify/verifier.options.js';
import type { HeadVerification } from '../../core/verify/head-verification.js';
import type { BodyCapture } from '../../http/body-capture.js';
import { PUBLIC_OPTIONS } from '../apig-signature.module-definition.js';
import type { PublicApigSignatureOptions } from '../apig-signature.options.js';
import { MismatchLog } from './mismatch-log.js';
import { SparseLog } from './sparse-log.js';
import { eventOf, type VerdictEvent } from './verdict-event.js';

/** The used part of the verification of a judged request. */
export type JudgedHead = Pick<HeadVerification, 'namesAllowedKey' | 'signer' | 'untrusted'>;

/** A judged request, and the circumstances of its verdict. */
export interface Judged {
  readonly capture: BodyCapture;
  readonly head: JudgedHead;
  /** The value of `performance.now()` at the beginning. Not set: the duration is not reported. */
  readonly start: number | undefined;
  /** The framework's request. Not set: the call has no such request. */
  readonly request: object | undefined;
  /** The call of a handler that a guard judges. Not set: the application asked through SignerService. */
  readonly context: ExecutionContext | undefined;
  /** The policy by which the request was judged. */
  readonly policy: Policy;
}

/** The most lines of the option `logRefusals` for one route and code in a minute. */
const MOST_REFUSALS = 10;

/** Reports verdicts to the log, to `onVerdict` and to the explainer. A report never changes a verdict. */
@Injectable()
export class VerdictReporter {
  readonly #logger = new Logger('ApigSignature');
  readonly #warnings = new SparseLog((line) => this.#logger.warn(line));
  readonly #refusals: SparseLog;
  readonly #failures = new SparseLog((line) => this.#logger.error(line));
  /** The reported outcome of each call of a handler. Nest gives all guards of one call the same context. */
  readonly #reported = new WeakMap<ExecutionContext, string>();

  readonly #options: PublicApigSignatureOptions;
  readonly #mismatchLog: MismatchLog;

  constructor(
    @Inject(PUBLIC_OPTIONS) options: PublicApigSignatureOptions,
    @Inject(MismatchLog) mismatchLog: MismatchLog,
  ) {
    this.#options = options;
    this.#mismatchLog = mismatchLog;
    this.#refusals = new SparseLog((line) => this.#logger.warn(line), options.logRefusals ? MOST_REFUSALS : 1);
  }

  /**
   * Reports a verdict once for each call of a handler, and again if a later guard of that call decides differently.
   * Never throws.
   */
  report(verdict: Verdict, judged: Judged): void {
    const { context, head, start } = judged;
    if (context && this.#wasReported(context, verdict)) return;
    const route = context ? routeOf(context) : 'SignerService.verify';
    // SignerService does not refuse requests. Its caller does.
    const isReport = context !== undefined && this.#options.mode === 'report';
    if (!verdict.ok) this.#logRefusal(verdict.refusal, judged, route, isReport);
    if (start !== undefined) {
      const duration = performance.now() - start;
      this.#tell(eventOf(verdict, { route, duration, untrusted: head.untrusted, isReport }));
    }
    this.#mismatchLog.note(verdict, judged);
  }

  /** Warns, at most once a minute, about a request that could not be judged. */
  warnOfUnjudged(problem: string): void {
    this.#warnings.say(problem, () => problem);
  }

  #wasReported(context: ExecutionContext, verdict: Verdict): boolean {
    const outcome = verdict.ok ? 'ok' : verdict.refusal.code;
    if (this.#reported.get(context) === outcome) return true;
    this.#reported.set(context, outcome);
    return false;
  }

  #logRefusal(refusal: Refusal, judged: Judged, route: string, isReport: boolean): void {
    const { code, reason, status } = refusal;
    // Anyone can cause any number of these.
    if (reason !== undefined && status >= 500) {
      // The application set this limit, so the refusal is a warning and not a failure.
      const log = code === 'HELD_BYTES_EXCEEDED' ? this.#warnings : this.#failures;
      log.say(code, () => `${code}: ${reason}`);
    }
    if (!isReport && !this.#options.logRefusals) return;
    const what = isReport ? "Let through by mode 'report'" : 'Refused';
    const standing = this.#options.logRefusals ? keyStanding(refusal, judged) : '';
    this.#refusals.say(`${code} ${route}`, () => `${what}: ${describe(refusal, judged, route)}${standing}`);
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

/** A refusal in one line of printable ASCII. A name or a path is cut at 128 characters. */
function describe(
  { code, message, reason, status }: Refusal,
  { capture: { method, target }, head: { untrusted } }: Judged,
  route: string,
): string {
  const named = untrusted.key ?? untrusted.untrustedKey;
  // The query is left out, because applications may have secrets in it.
  const where = brief(`${method} ${splitTarget(target)[0]}`);
  return (
    `${code} (${message}) at ${brief(route)}, ${where}` +
    (reason === undefined || status >= 500 ? '' : `, reason: ${reason}`) +
    (named === undefined ? '' : `, key "${named}"`)
  );
}

/** The text about the key after its name, in the line of a refusal. */
function keyStanding({ code }: Refusal, { policy, head }: Judged): string {
  if (code === 'KEY_UNKNOWN') {
    return head.namesAllowedKey(policy) ? ' (untrusted: unknown)' : ' (untrusted: not allowed on this route)';
  }
  return head.untrusted.untrustedKey === undefined ? '' : ' (untrusted)';
}

/** The handler of a context, as `Class.method`. */
export function routeOf(context: ExecutionContext): string {
  return `${context.getClass().name}.${context.getHandler().name}`;
}
