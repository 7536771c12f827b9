/** What one request holds of the bytes that all of them may. */
export interface HeldShare {
  /** Says how many bytes it holds now. If all together are too many then, the longest waiters have to go. */
  set(bytes: number): void;
  /** Waits no longer, and is not sent away any more; what it holds still counts until it leaves the buffer. */
  settle(): void;
  /** Gives all of it back for good: what is set afterwards does not count. */
  close(): void;
}

/**
 * Bytes that wait in memory for a verdict, of all requests of an application together. At the limit the request that
 * has waited longest gives way, so that senders who never finish cannot keep others out.
 */
export class HeldBytes {
  #limit: number;
  /** Those that wait, in the order in which they began to: what each does to make way. */
  readonly #waiting = new Map<HeldShare, () => void>();
  #total = 0;

  /** `limit` is a number of bytes. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes held now. */
  get total(): number {
    return this.#total;
  }

  /** Sends everybody away who waits, and from then on whoever begins to. */
  close(): void {
    this.#limit = -1;
    this.#makeRoom();
  }

  /** Whether everybody is sent away. */
  get isClosed(): boolean {
    return this.#limit < 0;
  }

  /** Opens the share of a request that begins to wait. `giveWay` is called, once at most, when it has to go. */
  open(giveWay: () => void): HeldShare {
    let held = 0;
    let isOpen = true;
    const share: HeldShare = {
      set: (bytes) => {
        if (!isOpen) return;
        this.#total += bytes - held;
        held = bytes;
        this.#makeRoom();
      },
      settle: () => this.#waiting.delete(share),
      close: () => {
        this.#waiting.delete(share);
        isOpen = false;
        this.#total -= held;
        held = 0;
      },
    };
    this.#waiting.set(share, giveWay);
    return share;
  }

  #makeRoom(): void {
    for (const [longest, giveWay] of this.#waiting) {
      if (this.#total <= this.#limit) return;
      // Given back at once: its bytes are dropped with the refusal, and must not send more waiters away until then.
      longest.close();
      giveWay();
    }
  }
}
