import { setTimeout } from 'node:timers/promises';
import { forward } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';

/** Small and fast requests that come all the time, each of them once. */
export class PassersBy {
  sent = 0;
  served = 0;
  readonly #done: Promise<unknown>;
  #isOver = false;

  constructor(port: number) {
    const [small, fast] = [Buffer.alloc(10_000, 'small'), Buffer.alloc(1_000_000, 'fast')];
    this.#done = Promise.all([this.#sendEvery(200, port, small), this.#sendEvery(1000, port, fast)]);
  }

  async leave(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #sendEvery(milliseconds: number, port: number, body: Buffer): Promise<void> {
    const under: Promise<void>[] = [];
    while (!this.#isOver) {
      this.sent++;
      const request = forward({ method: 'POST', target: `/counted/passer-by-${this.sent}`, body });
      under.push(
        send(port, request).then(
          ({ text }) => void (this.served += Number(text === String(body.length))),
          () => undefined, // sent, and not served
        ),
      );
      await setTimeout(milliseconds);
    }
    await Promise.all(under);
  }
}
