import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  computeSignature,
  fromWireText,
  parseSdkDate,
  sha256Hex,
  signaturesEqual,
  toWireText,
} from '../../../src/core/index.js';

describe('computeSignature', () => {
  const lengths = Array.from({ length: 200 }, (_, length) => length + 1);

  it.each(['s', '\xe9', '\u20ac', '\ud83d\ude00', '\0'])(
    'is an HMAC under a secret of any length, made of %j',
    (char) => {
      for (const length of lengths) {
        const secret = char.repeat(length);
        const text = `text \xff ${length}`;
        const hash = createHash('sha256').update(text, 'latin1').digest('hex');
        const expected = createHmac('sha256', Buffer.from(secret, 'utf8'))
          .update(`SDK-HMAC-SHA256\nd\n${hash}`)
          .digest('hex');
        expect(computeSignature(secret, 'd', text)).toBe(expected);
      }
    },
  );
});

describe('sha256Hex', () => {
  it('takes bytes, or text of one character for each byte', () => {
    const expected = createHash('sha256')
      .update(Uint8Array.of(0, 0x7f, 0x80, 0xff))
      .digest('hex');
    expect(sha256Hex('\0\x7f\x80\xff')).toBe(expected);
    expect(sha256Hex(Uint8Array.of(0, 0x7f, 0x80, 0xff))).toBe(expected);
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});

describe('signaturesEqual', () => {
  it.each([
    ['', '', true],
    ['ab', 'ab', true],
    ['ab', 'aB', false],
    ['ab', 'a', false],
    ['a', 'ab', false],
    ['ab', '', false],
    ['ba', 'aa', false],
    ['0', '\u0130', false],
    ['\ud83d', '\ud83e', false],
    ['\xe9', 'Ã©', false],
  ])('%j and %j: %s', (a, b, equal) => {
    expect(signaturesEqual(a, b)).toBe(equal);
  });

  it.each(Array.from({ length: 64 }, (_, at) => at))('sees a difference at character %d', (at) => {
    const one = '0123456789abcdef'.repeat(4);
    const other = `${one.slice(0, at)}x${one.slice(at + 1)}`;
    expect(signaturesEqual(one, one)).toBe(true);
    expect(signaturesEqual(one, other)).toBe(false);
    expect(signaturesEqual(other, one)).toBe(false);
  });
});

describe('parseSdkDate', () => {
  const dates: readonly (readonly [string, number | undefined])[] = [
    ['19700101T000000Z', 0],
    ['20240229T235959Z', Date.UTC(2024, 1, 29, 23, 59, 59)],
    ['20000229T000000Z', Date.UTC(2000, 1, 29)],
    ['99991231T235959Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
    ['20230229T000000Z', undefined],
    ['21000229T000000Z', undefined],
    ['20240431T000000Z', undefined],
    ['20240001T000000Z', undefined],
    ['20240101T000060Z', undefined],
    ['20240101T240000Z', undefined],
    ['20240101T000000Z\n', undefined],
    ['\u0662\u0660240101T000000Z', undefined],
  ];

  it.each(dates)('%j is %s', (text, instant) => {
    expect(parseSdkDate(text)).toBe(instant);
  });

  it.each(dates)('%j is %s after any other date', (text, instant) => {
    for (const [before] of dates) {
      parseSdkDate(before);
      expect(parseSdkDate(text)).toBe(instant);
      expect(parseSdkDate(text)).toBe(instant);
    }
  });
});

describe('wire text', () => {
  it.each([
    ['plain \0\x7f', 'plain \0\x7f'],
    ['\u00e9', '\xc3\xa9'],
    ['a\u20ac\ud83d\ude00', 'a\xe2\x82\xac\xf0\x9f\x98\x80'],
    ['\ufeffa', '\xef\xbb\xbfa'],
  ])('for %j is %j, and back', (text, wireText) => {
    expect(toWireText(text)).toBe(wireText);
    expect(fromWireText(wireText)).toBe(text);
  });

  it('that is not UTF-8 is read with U+FFFD', () => {
    expect(fromWireText('a\xffb')).toBe('a\ufffdb');
    expect(fromWireText('\xef\xbb\xbfa')).toBe('\ufeffa');
  });
});
