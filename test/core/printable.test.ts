import { describe, expect, it } from 'vitest';
import { brief, maskHeaders, maskPairs, maskSecrets, printable } from '../../src/core/printable.js';

describe('brief()', () => {
  it.each([
    ['', ''],
    ['plain text, "quoted" & {braced}', 'plain text, "quoted" & {braced}'],
    ['a\nb\r\tc\x00\x7f', String.raw`a\x0ab\x0d\x09c\x00\x7f`],
    ['\\n is no line break', String.raw`\x5cn is no line break`],
    ['caf\xe9 \x9b', String.raw`caf\xe9 \x9b`],
    ['\u0100\u0fff', String.raw`\u0100\u0fff`],
    ['\u2028\ud83d\ude00', String.raw`\u2028\ud83d\ude00`],
  ])('makes a text printable: %j as %j', (text, expected) => {
    expect(brief(text)).toBe(expected);
  });

  it.each([
    ['plain', 'x'.repeat(129), 'x'.repeat(128)],
    ['with an escape at the cut', ' '.repeat(127) + '\n', ' '.repeat(127) + '\\'],
    ['of escapes', '\x1b'.repeat(1000), String.raw`\x1b`.repeat(32)],
  ])('cuts a text at 128 printable characters: %s', (_, text, expected) => {
    expect(brief(text)).toBe(expected);
  });
});

describe('printable()', () => {
  it.each([
    ['a\nb', 'a|b'],
    ['f\xe9\t', String.raw`f\xe9\x09`],
    ['abcd', 'abcd'],
    ['abcde', 'abcd... (1 more characters)'],
    ['\xe9'.repeat(14), String.raw`\xe9`.repeat(4) + '... (10 more characters)'],
  ])('shows %j as %s', (text, expected) => {
    expect(printable(text, 4)).toBe(expected);
  });
});

describe('a value that grants access', () => {
  it.each([
    ['a=b', 'a=b'],
    ['a=token', 'a=token'],
    ['token=', 'token='],
    ['token', 'token'],
    ['apikey=x', 'apikey=***'],
    ['api_key=x&b=c', 'api_key=***&b=c'],
    ['sig=x&X-Amz-Signature=y&sigma=z', 'sig=***&X-Amz-Signature=***&sigma=z'],
    ['author=me', 'author=me'],
    ['/v1/eyJhbGciOiJI.x-_y/b', '/v1/***/b'],
    ['/eyJ/eyJ1234567', '/eyJ/eyJ1234567'],
  ])('is masked among pairs: %s', (text, expected) => {
    expect(maskPairs(text)).toBe(expected);
  });

  it('is masked in a header block', () => {
    expect(maskHeaders('cookie:a=b\nx-a:b:c token=d\nx-b:\n')).toBe('cookie:***\nx-a:b:c token=***\nx-b:\n');
    expect(maskHeaders('cookie:\ntoken=a b\n')).toBe('cookie:\ntoken=*** b\n');
  });

  it('is masked if it is a secret of 8 characters or more', () => {
    expect(maskSecrets('1234567 12345678 1234567', ['1234567', '12345678'])).toBe('1234567 *** 1234567');
  });
});
