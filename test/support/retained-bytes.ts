import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of each large text that is made. */
export const LARGE = 2 ** 20;

/**
 * A text at the end of a large text. An object that keeps it, or a slice of it, keeps the large text, unless it copies
 * it.
 */
export function sliceOfLarge(text: string): string {
  return Buffer.from(`${'x'.repeat(LARGE)}${text}`, 'latin1')
    .toString('latin1')
    .slice(LARGE);
}

/** How many more large texts are in memory after a call than before: those of which something was kept. */
export function largeTextsKeptBy(act: () => void): number {
  const before = heapInUse();
  act();
  return Math.round((heapInUse() - before) / LARGE);
}

function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let least = Infinity;
  for (let turn = 0; turn < 5; turn++) {
    collect();
    // RegExp remembers the text that it was last used on.
    /./.exec('other text');
    // V8 frees the memory of buffers on a thread of its own, some ms after the collection.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}
