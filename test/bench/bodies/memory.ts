import { setImmediate } from 'node:timers/promises';

/** What a process says of its memory, in bytes. */
export interface Figures {
  readonly rss: number;
  readonly peakRss: number;
  /** Of the peak: buffers in use, and those that no collection took yet. */
  readonly buffersAtPeak: number;
  readonly heapUsed: number;
  readonly heldBytes: number;
  readonly peakHeldBytes: number;
}

const SAMPLE_EVERY = 20; // milliseconds

/** Samples this process, whose bodies hold `heldBytes()`. */
export class Memory {
  readonly #heldBytes: () => number;
  #peakRss = 0;
  #buffersAtPeak = 0;
  #peakHeldBytes = 0;

  constructor(heldBytes: () => number) {
    this.#heldBytes = heldBytes;
    setInterval(() => this.#sample(), SAMPLE_EVERY).unref();
  }

  /** The figures now, and the peaks since the last `restart()`. */
  figures(): Figures {
    this.#sample();
    const { rss, heapUsed } = process.memoryUsage();
    return {
      rss,
      peakRss: this.#peakRss,
      buffersAtPeak: this.#buffersAtPeak,
      heapUsed,
      heldBytes: this.#heldBytes(),
      peakHeldBytes: this.#peakHeldBytes,
    };
  }

  /** Collects garbage and forgets the peaks. */
  async restart(): Promise<Figures> {
    // The second collection takes what the finalizers of the first one let go.
    for (const collect of [gc, gc]) {
      if (!collect) throw new Error('Run node with --expose-gc');
      collect();
      await setImmediate();
    }
    this.#peakRss = this.#peakHeldBytes = 0;
    return this.figures();
  }

  #sample(): void {
    const { rss, arrayBuffers } = process.memoryUsage();
    if (rss > this.#peakRss) [this.#peakRss, this.#buffersAtPeak] = [rss, arrayBuffers];
    this.#peakHeldBytes = Math.max(this.#peakHeldBytes, this.#heldBytes());
  }
}
