import { setImmediate } from 'node:timers/promises';

/** Waits until something is so. Vitest's own `expect.poll` and `vi.waitFor` would move a clock that a test has replaced. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setImmediate();
}
