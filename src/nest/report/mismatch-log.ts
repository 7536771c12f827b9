import { performance } from 'node:perf_hooks';
import { finished } from 'node:stream';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { MOST_JSON } from '../../core/explain/body-causes.js';
import { zoneOf } from '../../core/explain/date-cause.js';
import { explainMismatch } from '../../core/explain/explain-mismatch.js';
import { MOST_KEYS, type Explanation } from '../../core/explain/explanation.js';
import { parseSdkDate } from '../../core/scheme/sdk-date.js';
import type { Verdict } from '../../core/verify/verdict.js';
import { PUBLIC_OPTIONS } from '../apig-signature.module-definition.js';
import type { PublicApigSignatureOptions } from '../apig-signature.options.js';
import type { BodyCapture } from '../../http/body-capture.js';
import { readHeaders } from '../../http/node-request.js';
import { KeyringSource } from '../keys/keyring-source.js';
import type { HeadVerification } from '../../core/verify/head-verification.js';

/** Milliseconds between two explanations. */
const PAUSE = 1000;

/** A judged request. */
interface Explainable {
  readonly capture: BodyCapture;
  readonly head: Pick<HeadVerification, 'signer'>;
  readonly request: object | undefined;
}

/** The part of a framework's request that has the parsed body. */
interface ParsedRequest {
  readonly body?: unknown;
}

/** The most bytes of an explanation in a header. */
const MOST_IN_HEADER = 2048;
const LEFT_OUT = 'Left out: one request a second is explained.';

/**
 * Says why signatures do not match, if the option `explain` is set: in the log, and with `'response'` in the response
 * too.
 */
@Injectable()
export class MismatchLog {
  readonly #logger = new Logger('ApigSignature');
  readonly #noted = new WeakSet<BodyCapture>();
  readonly #forResponses = new WeakMap<BodyCapture, string>();
  #nextAt = -Infinity;
  #leftOut = 0;

  readonly #options: PublicApigSignatureOptions;
  readonly #keyringSource: KeyringSource;
  readonly #config: ApplicationConfig;

  constructor(
    @Inject(PUBLIC_OPTIONS) options: PublicApigSignatureOptions,
    @Inject(KeyringSource) keyringSource: KeyringSource,
    @Inject(ApplicationConfig) config: ApplicationConfig,
  ) {
    this.#options = options;
    this.#keyringSource = keyringSource;
    this.#config = config;
  }

  /**
   * Explains a request's verdict if it is a mismatch, or a date in local time. It works after the response, so that the
   * caller does not wait and the time tells nothing. It works at most once a second, so that no caller can keep the
   * server busy. With `explain: 'response'` it works before the response, because the response has the explanation.
   */
  note(verdict: Verdict, { capture, head, request }: Explainable): void {
    if (!this.#options.explain || verdict.ok || this.#noted.has(capture)) return;
    const { body } = (request ?? {}) as ParsedRequest;
    const arrival = (this.#options.now ?? Date.now)();
    const { code } = verdict.refusal;
    if (code !== 'SIGNATURE_MISMATCH' && !(code === 'SIGNATURE_EXPIRED' && isInLocalTime(capture, arrival))) return;
    this.#noted.add(capture);
    if (!(performance.now() >= this.#nextAt)) {
      this.#leftOut += 1;
      this.#forResponses.set(capture, LEFT_OUT);
      return;
    }
    this.#nextAt = performance.now() + PAUSE;
    const explain = () => {
      const explanation = this.#explain(capture, head, body, arrival);
      const isSure = code === 'SIGNATURE_MISMATCH' || explanation?.cause?.code === 'LOCAL_TIME';
      if (explanation && isSure) this.#say(code, capture, explanation);
    };
    if (this.#options.explain === 'response') explain();
    else afterwards(capture, explain);
  }

  /**
   * The explanation of a refused request for its response, percent-encoded and at most 2 KB. Returns nothing if there
   * is no explanation, or if `explain` is not `'response'`.
   */
  headerFor(capture: BodyCapture): string | undefined {
    const text = this.#options.explain === 'response' ? this.#forResponses.get(capture) : undefined;
    // The text is not cut in the middle of an escape.
    return (
      text &&
      encodeURIComponent(text)
        .slice(0, MOST_IN_HEADER)
        .replace(/%[\dA-F]?$/, '')
    );
  }

  #explain(
    capture: BodyCapture,
    { signer }: Pick<HeadVerification, 'signer'>,
    parsedBody: unknown,
    arrival: number,
  ): Explanation | undefined {
    if (!signer) return undefined;
    const { key, secrets } = signer;
    const others = [...this.#keyringSource.load().knownSecrets()].slice(0, MOST_KEYS);
    const keys = Object.fromEntries([...others, [key, secrets]]);
    const { method, target } = capture;
    // The explainer walks a large value member by member, so it does not get one. An unpacked body may be large, too.
    const isSmall = capture.bytes <= MOST_JSON && capture.request.headers['content-encoding'] === undefined;
    return explainMismatch(
      {
        method,
        target,
        headers: readHeaders(capture.request),
        bodyHash: capture.hashSoFar ?? 'unknown',
        parsedBody: isSmall ? parsedBody : undefined,
      },
      { ...this.#options, keys, arrival, pathPrefixes: [this.#config.getGlobalPrefix()] },
    );
  }

  #say(code: string, capture: BodyCapture, explanation: Explanation): void {
    const { cause, text, canonicalRequest, signed, stringToSign } = explanation;
    this.#forResponses.set(capture, cause ? `${cause.code}: ${text}` : text);
    const lines = [
      `${code} ${cause ? `because of ${cause.code}: ${text}` : `without a known cause: ${text}`}`,
      `  received: ${canonicalRequest}`,
      ...(signed === undefined ? [] : [`  signed:   ${signed}`]),
      `  string to sign: ${stringToSign}`,
      ...(this.#leftOut > 0 ? [`  ${this.#leftOut} more were left out: one a second is explained.`] : []),
    ];
    this.#leftOut = 0;
    this.#logger.warn(lines.join('\n'));
  }
}

function isInLocalTime({ request }: BodyCapture, arrival: number): boolean {
  const date = parseSdkDate(String(request.headers['x-sdk-date']));
  return date !== undefined && zoneOf(date, arrival) !== undefined;
}

/** Calls back when the response ends in any way. Without a known response, it calls back soon. */
function afterwards({ response }: BodyCapture, explain: () => void): void {
  if (response) finished(response, explain);
  else setImmediate(explain);
}
