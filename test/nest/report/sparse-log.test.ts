import { afterEach, describe, expect, it, vi } from 'vitest';
import { SparseLog } from '../../../src/nest/report/sparse-log.js';

describe('a sparse log', () => {
  afterEach(() => vi.useRealTimers());

  function startWith(most?: number) {
    vi.useFakeTimers({ toFake: ['performance'] });
    const lines: string[] = [];
    return { lines, log: new SparseLog((line) => lines.push(line), most) };
  }

  it('counts lines that it leaves out, and adds the number to the next line', () => {
    const { lines, log } = startWith(2);
    for (let count = 1; count <= 5; count++) log.say('a', () => `a${count}`);
    log.say('b', () => 'b');
    vi.advanceTimersByTime(59_999);
    log.say('a', () => 'a6');
    expect(lines).toEqual(['a1', 'a2', 'b']);
    vi.advanceTimersByTime(1);
    for (let count = 7; count <= 9; count++) log.say('a', () => `a${count}`);
    expect(lines.slice(3)).toEqual(['a7 (and 4 more such since this was said last)', 'a8']);
  });

  it('writes one line a minute by default', () => {
    const { lines, log } = startWith();
    for (let count = 1; count <= 3; count++) log.say('a', () => `a${count}`);
    vi.advanceTimersByTime(60_000);
    log.say('a', () => 'a4');
    expect(lines).toEqual(['a1', 'a4 (and 2 more such since this was said last)']);
  });
});
