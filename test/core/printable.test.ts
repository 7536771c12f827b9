import { describe, expect, it } from 'vitest';
import { brief } from '../../src/core/printable.js';

describe('text from a request', () => {
  it.each([
    ['', ''],
    ['plain text, "quoted" & {braced}', 'plain text, "quoted" & {braced}'],
    ['a\nb\r\tc\x00\x7f', String.raw`a\x0ab\x0d\x09c\x00\x7f`],
    ['\\n is no line break', String.raw`\x5cn is no line break`],
    ['caf\xe9 \x9b', String.raw`caf\xe9 \x9b`],
    ['\u2028\ud83d\ude00', String.raw`\u2028\ud83d\ude00`],
    ['x'.repeat(129), 'x'.repeat(128)],
    [' '.repeat(127) + '\n', ' '.repeat(127) + '\\'],
    ['\x1b'.repeat(1000), String.raw`\x1b`.repeat(32)],
  ])('%j becomes printable, and 128 characters at the most', (text, expected) => {
    expect(brief(text)).toBe(expected);
  });
});
