import { HeldBytes, type HeldShare } from '../../../src/http/held-bytes.js';

const WAITERS = 10_000;
const CHUNKS = 1_000_000;
const CHUNK = 1000;
/** Milliseconds from one chunk to the next: all waiters have grown up, and some have stalled. */
const BETWEEN = 0.1;

/**
 * Microseconds that the account takes for a chunk: at the limit each chunk sends one away, below it one leaves of itself
 * instead. Another one comes for it.
 */
export function microsecondsPerChunk(isAtLimit: boolean): number {
  let now = 0;
  const held = new HeldBytes(isAtLimit ? WAITERS * CHUNK : Infinity, () => now);
  const shares: { share: HeldShare; bytes: number; isOpen: boolean }[] = [];
  const open = (at: number) => {
    const entry = { share: held.open(() => (entry.isOpen = false)), bytes: 0, isOpen: true };
    shares[at] = entry;
    entry.share.set((entry.bytes = CHUNK));
  };
  for (let at = 0; at < WAITERS; at++) open(at);
  const start = performance.now();
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    now += BETWEEN;
    const at = (chunk * 7919) % WAITERS;
    const entry = shares[at]!;
    if (!entry.isOpen) {
      open(at);
      continue;
    }
    entry.share.set((entry.bytes += CHUNK));
    if (isAtLimit) continue;
    const leaving = shares[(at + 1) % WAITERS]!;
    leaving.share.close();
    leaving.isOpen = false;
  }
  const microseconds = ((performance.now() - start) * 1000) / CHUNKS;
  if (isAtLimit !== held.sentAway > CHUNKS / 4) throw new Error(`${held.sentAway} were sent away`);
  return microseconds;
}
