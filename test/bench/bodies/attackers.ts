import { setMaxListeners } from 'node:events';
import type { ClientRequest } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { forward } from '../../support/gateway.js';
import { begin, replyTo } from '../../support/http-client.js';
import type { ServerProcess } from './server.process.js';
import { BODY_BYTES, isSentAway, timeToStayAway } from './slow-senders.js';

/** How attackers send. */
export interface Attack {
  readonly count: number;
  /** Bytes that each sends at once. */
  readonly burst: number;
  /** Bytes that it sends every half second from then on. */
  readonly trickle: number;
}

/** Those who name a valid key, never end a body, and come back after Retry-After. */
export class Attackers {
  sentAway = 0;
  readonly unexpected: string[] = [];
  readonly #requests = new Set<ClientRequest>();
  readonly #attack: Attack;
  readonly #port: number;
  readonly #done: Promise<unknown>;
  readonly #over = new AbortController();

  constructor(port: number, attack: Attack) {
    this.#port = port;
    this.#attack = attack;
    setMaxListeners(attack.count, this.#over.signal);
    this.#done = Promise.all(Array.from({ length: attack.count }, (_, index) => this.#comeAgainAndAgain(index)));
  }

  /** Resolves when they fill as much as they can, or all that there is. */
  async settled(server: ServerProcess, heldBytes: number): Promise<void> {
    const all = this.#attack.count * this.#attack.burst;
    await server.askUntil((figures) => figures.heldBytes >= Math.min(all, heldBytes * 0.9));
  }

  async leave(): Promise<void> {
    this.#over.abort();
    for (const outgoing of this.#requests) outgoing.destroy();
    await this.#done;
  }

  async #comeAgainAndAgain(index: number): Promise<void> {
    // Those that still wait then are ended by leave().
    const isOver = () => this.#over.signal.aborted;
    while (!isOver()) {
      try {
        await this.#come(index);
      } catch (error) {
        if (!isOver()) this.unexpected.push(String(error));
      }
    }
  }

  async #come(index: number): Promise<void> {
    const { burst, trickle } = this.#attack;
    const request = forward(
      { method: 'POST', target: `/counted/attack-${index}`, body: Buffer.alloc(BODY_BYTES) },
      { secret: 'not the secret' },
    );
    const body = request.body as Uint8Array;
    const outgoing = begin(this.#port, request);
    this.#requests.add(outgoing);
    outgoing.write(body.subarray(0, burst));
    let sent = burst;
    const timer = setInterval(() => {
      if (sent + trickle < body.length) outgoing.write(body.subarray(sent, (sent += trickle)));
    }, 500);
    try {
      const reply = await replyTo(outgoing);
      if (!isSentAway(reply)) throw new Error(`${reply.status} ${reply.text}`);
      this.sentAway++;
      await setTimeout(timeToStayAway(reply), undefined, { signal: this.#over.signal });
    } finally {
      clearInterval(timer);
      outgoing.destroy();
      this.#requests.delete(outgoing);
    }
  }
}
