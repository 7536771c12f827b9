import { EventEmitter, once } from 'node:events';
import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';

/** Keeps every line that an application logs: its level and all that it was given, contexts and stacks too. */
export class RecordedLog implements LoggerService {
  readonly lines: string[] = [];
  readonly #events = new EventEmitter();
  readonly log = this.#recorder('log');
  readonly warn = this.#recorder('warn');
  readonly error = this.#recorder('error');
  readonly fatal = this.#recorder('fatal');

  /** What was said above the level of ordinary lines. */
  get troubles(): string[] {
    return this.lines.filter((line) => !line.startsWith('log '));
  }

  /** The first line with this text: said already, or waited for. */
  async lineWith(text: string): Promise<string> {
    for (;;) {
      const line = this.lines.find((each) => each.includes(text));
      if (line !== undefined) return line;
      await once(this.#events, 'line');
    }
  }

  #recorder(level: string): (...said: unknown[]) => void {
    return (...said) => {
      this.lines.push([level, ...said.filter((each) => each !== undefined).map(toText)].join(' '));
      this.#events.emit('line');
    };
  }
}

function toText(said: unknown): string {
  return typeof said === 'string' ? said : inspect(said, { depth: 10 });
}
