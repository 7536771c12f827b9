import type { IncomingMessage } from 'node:http';
import { brief, maskSecrets, printable } from '../../core/printable.js';
import { isKnownCode, REMEDIES } from '../../core/refusal-remedies.js';
import { splitTarget } from '../../core/scheme/canonical-request.js';
import type { GatewaySettings } from './settings.js';

/** The outputs of a gateway. They get lines without line breaks. */
export interface Output {
  readonly isColoured: boolean;
  readonly print: (line: string) => void;
  /** Takes warnings. They are not among the lines that a program reads. */
  readonly warn: (line: string) => void;
}

/** The result of a request. */
export interface Outcome {
  /** The status that the client got. Not set: the client got none. */
  readonly status?: number | undefined;
  /** The code of the backend's refusal. */
  readonly code?: string | undefined;
  /** The explanation of a mismatch from the backend. */
  readonly cause?: string | undefined;
  /** What failed on the way, or why the gateway itself refused the request. */
  readonly problem?: string | undefined;
}

const LONGEST_NOTE = 2048;
const [RED, GREEN, YELLOW] = [31, 32, 33];

/** Prints the result of each request. No line shows a query, the secret, or a control character for the terminal. */
export class RequestLog {
  readonly #form: GatewaySettings['output'];
  readonly #secrets: readonly string[];
  readonly #output: Output;
  readonly #warned = new Set<string>();

  constructor(form: GatewaySettings['output'], secret: string, output: Output) {
    this.#form = form;
    this.#secrets = [secret, encodeURIComponent(secret)];
    this.#output = output;
  }

  /** Prints the gateway's address, with `quiet` too: for port 0 the system chooses a port. */
  start(url: string, to: string, key: string): void {
    if (this.#form === 'json') this.#output.print(JSON.stringify({ listening: url, to, key }));
    else this.#output.print(`Open ${url} - each request is signed as ${brief(key)} and sent to ${to}. Ctrl+C ends it.`);
  }

  warn(text: string): void {
    this.#output.warn(this.#colour(text, RED));
  }

  warnOnce(text: string): void {
    if (!this.#warned.has(text)) this.warn(text);
    this.#warned.add(text);
  }

  /** Notes that a request has begun. The function that it gives is called when the request is over. */
  begin({ method = '', url = '' }: IncomingMessage): (outcome: Outcome) => void {
    const start = performance.now();
    return ({ status, code, cause, problem }) => {
      if (this.#form === 'none') return;
      const time = new Date().toISOString();
      const path = brief(this.#mask(splitTarget(url)[0]));
      const durationMs = Math.round(performance.now() - start);
      const notes = {
        lookAt: isKnownCode(code) ? REMEDIES[code] : undefined,
        cause: cause && printable(this.#mask(cause), LONGEST_NOTE),
        problem: problem && printable(this.#mask(problem), LONGEST_NOTE),
      };
      if (this.#form === 'json') {
        return this.#output.print(
          JSON.stringify({ time, method, path, status: status ?? null, durationMs, code, ...notes }),
        );
      }
      const words = [time.slice(11, 19), method, path, this.#status(status), `${durationMs} ms`, code];
      const lines = Object.entries(notes).map(([name, text]) => text && `\n    ${LABELS[name]}${text}`);
      this.#output.print([words.filter(Boolean).join(' '), ...lines].join(''));
    };
  }

  #status(status: number | undefined): string {
    if (status === undefined) return this.#colour('---', RED);
    return this.#colour(String(status), status >= 500 ? RED : status >= 400 ? YELLOW : GREEN);
  }

  #colour(text: string, colour: number | undefined): string {
    return this.#output.isColoured ? `\x1b[${colour}m${text}\x1b[0m` : text;
  }

  #mask(text: string): string {
    return maskSecrets(text, this.#secrets);
  }
}

const LABELS: Readonly<Record<string, string>> = { lookAt: 'look at: ', cause: 'cause: ', problem: '' };
