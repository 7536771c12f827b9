import { LONGEST_WAIT } from '../timely-answer.js';

/** Milliseconds after which one question is sent although all places are taken. Its answer shows that Redis is back. */
const PROBE = 1000;

/**
 * Bounds the questions that a client has not settled. A question counts until the client settles it, not until we stop
 * waiting, because it stays in the client's queue while Redis hangs.
 *
 * Some clients lose questions together with a connection, and never settle them. So an answer starts a new count if the
 * present count is older than {@link LONGEST_WAIT}.
 */
export class PendingReplies {
  readonly #limit: number;
  #count = { pending: 0, since: performance.now() };
  #lastSent = -Infinity;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Asks, and takes a place until the reply comes. Throws an Error if all places are taken. */
  ask(question: () => unknown): Promise<unknown> {
    const count = this.#count;
    const now = performance.now();
    if (count.pending >= this.#limit && now - this.#lastSent < PROBE) {
      throw new Error(`${count.pending} commands wait for a reply`);
    }
    this.#lastSent = now;
    count.pending++;
    const reply = new Promise((resolve) => resolve(question()));
    const leave = () => {
      count.pending--;
    };
    reply.then(
      () => {
        leave();
        this.#startAnew();
      },
      // A client without a connection rejects at once. That does not show that Redis is back.
      leave,
    );
    return reply;
  }

  #startAnew(): void {
    const now = performance.now();
    if (now - this.#count.since > LONGEST_WAIT * 1000) this.#count = { pending: 0, since: now };
  }
}
