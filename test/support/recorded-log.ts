import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';

/** Keeps every line that an application logs: its level and all that it was given, contexts and stacks too. */
export class RecordedLog implements LoggerService {
  readonly lines: string[] = [];
  readonly log = this.#recorder('log');
  readonly debug = this.#recorder('debug');
  readonly warn = this.#recorder('warn');
  readonly error = this.#recorder('error');
  readonly fatal = this.#recorder('fatal');

  /** What was said above the level of ordinary lines. */
  get troubles(): string[] {
    return this.lines.filter((line) => !/^(log|debug) /.test(line));
  }

  #recorder(level: string): (...said: unknown[]) => void {
    return (...said) =>
      void this.lines.push([level, ...said.filter((each) => each !== undefined).map(toText)].join(' '));
  }
}

function toText(said: unknown): string {
  return typeof said === 'string' ? said : inspect(said, { depth: 10 });
}
