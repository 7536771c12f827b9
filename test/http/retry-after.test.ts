import { beforeEach, describe, expect, it } from 'vitest';
import { RetryAfter } from '../../src/http/retry-after.js';

describe('Retry-After', () => {
  let now: number;
  let random: number;
  let retryAfter: RetryAfter;

  beforeEach(() => {
    [now, random] = [0, 0];
    retryAfter = new RetryAfter(
      () => now,
      () => random,
    );
  });

  /** The longest that the next one is told, after so many others. */
  function longestAfter(others: number): number {
    random = 1 - 2 ** -20;
    for (let each = 0; each < others; each++) retryAfter.seconds();
    return retryAfter.seconds();
  }

  it('is one second at least, and five at most for the first refusals', () => {
    expect(retryAfter.seconds()).toBe(1);
    expect(longestAfter(0)).toBe(5);
  });

  it('grows with the number of recent refusals, up to 30 s', () => {
    expect(longestAfter(99)).toBe(11);
    expect(longestAfter(100)).toBe(17);
    expect(longestAfter(100_000)).toBe(30);
  });

  it('becomes short again when there are few refusals', () => {
    expect(longestAfter(500)).toBe(30);
    now += 10_000;
    expect(longestAfter(0)).toBe(16);
    now += 60_000;
    expect(longestAfter(0)).toBe(5);
  });

  it('is spread evenly over the whole range', () => {
    longestAfter(400);
    const told = Array.from({ length: 60 }, (_, each) => {
      random = (each + 0.5) / 60;
      return retryAfter.seconds();
    });
    expect(told).toEqual(Array.from({ length: 60 }, (_, each) => 1 + Math.floor(each / 2)));
  });
});
