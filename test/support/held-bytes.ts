import type { INestApplicationContext } from '@nestjs/common';
import { expect, vi } from 'vitest';
import { SignatureMetrics } from '../../src/index.js';

const PATIENCE = { timeout: 10_000, interval: 5 };

/** Bytes that bodies hold now, in an application that waits for their verdicts. */
export function heldBy(app: INestApplicationContext): number {
  return app.get(SignatureMetrics, { strict: false }).heldBytes;
}

/** Waits until an application holds nothing, and no request of it waits. */
export function untilNothingIsHeld(app: INestApplicationContext): Promise<void> {
  const nothing = { heldBytes: 0, waitingRequests: 0 };
  return vi.waitFor(() => expect(app.get(SignatureMetrics, { strict: false })).toMatchObject(nothing), PATIENCE);
}

/** Waits until an application holds as many bytes as expected. */
export function untilHeld(app: INestApplicationContext, expected: number): Promise<void> {
  return vi.waitFor(() => expect(heldBy(app)).toBe(expected), PATIENCE);
}
