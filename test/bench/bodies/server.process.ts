import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Figures } from './memory.js';

/** Figures as they are, or after collecting garbage and forgetting the peaks. */
export type Question = 'figures' | 'restart';
export type FromServer = { readonly port: number } | { readonly figures: Figures };

const SERVER = fileURLToPath(new URL('server.js', import.meta.url));

/** The application in a process of its own. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(platform: string, heldBytes: number): Promise<ServerProcess> {
    const child = fork(SERVER, [platform, String(heldBytes)], { execArgv: ['--expose-gc'] });
    child.on('exit', (code) => {
      if (code) throw new Error(`The server ended with ${code}`);
    });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new ServerProcess(child, port);
  }

  async ask(question: Question): Promise<Figures> {
    this.#child.send(question);
    const [{ figures }] = (await once(this.#child, 'message')) as [{ figures: Figures }];
    return figures;
  }

  /** Asks until the figures are so; gives back the last ones, which are not if that takes too long. */
  async askUntil(areSo: (figures: Figures) => boolean): Promise<Figures> {
    let figures = await this.ask('figures');
    for (let tries = 0; tries < 100 && !areSo(figures); tries++) {
      await setTimeout(50);
      figures = await this.ask('figures');
    }
    return figures;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
