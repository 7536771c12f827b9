import { describe, expect, it } from 'vitest';
import type { CauseCode } from '../../../src/core/index.js';
import { explainedKind, signedAs } from '../../support/mis-signed.js';

const causeOf = (received: string, signed: string) =>
  explainedKind(signedAs({ target: `/q?${received}` }, { query: signed }));

describe('the signer is found to sort the query', () => {
  it.each([
    ['by names alone, as numbers', '10=b&9=z&9=a', '9=z&9=a&10=b'],
    ['by names alone, as texts', '9=z&10=b&10=a&a&B', '10=b&10=a&9=z&B=&a='],
    ['by names and values, as numbers', '10=b&9=10&9=9', '9=9&9=10&10=b'],
    ['as numbers, and texts as texts', 'b=1&a=2&10=3&9=4', '9=4&10=3&a=2&b=1'],
    ['by names in small letters', 'aB=1&a_=2', 'a_=2&aB=1'],
    ['by names and values in one text', 'a=%c3&a-b=1', 'a-b=1&a=%C3'],
    ['by names and values in one text, "=" included', 'a=-&a0=%c3', 'a0=%C3&a=-'],
    ['by names and values in one text, "=" included, of three', 'b=1&a0=%c3&a=-', 'a0=%C3&a=-&b=1'],
  ])('%s', (_, received, signed) => {
    expect(causeOf(received, signed)).toBe('QUERY_UNSORTED');
  });

  it.each(['10', '+10', '10.', '10.25', '1e1', '1E10', '1e10', '1e+1', '1.5e1', ' 10', '  10', '10 ', '10  '])(
    'as numbers, of which %j is one',
    (number) => {
      const name = encodeURIComponent(number);
      expect(causeOf(`${name}=a&9=b`, `9=b&${name}=a`)).toBe('QUERY_UNSORTED');
    },
  );

  it.each([
    ['-9', '-5'],
    ['0.25', '.75'],
    ['1e-1', '0.5'],
  ])('as numbers, of which %s is less than %s', (less, more) => {
    expect(causeOf(`${more}=a&${less}=b`, `${less}=b&${more}=a`)).toBe('QUERY_UNSORTED');
  });

  it.each([
    ['10x=b&9=a', '9=a&10x=b'],
    ['9=b&x10=a', 'x10=a&9=b'],
  ])('but not to take other texts for numbers: %s', (received, signed) => {
    expect(causeOf(received, signed)).toBeUndefined();
  });
});

describe('the signer is found to write the query in its own way', () => {
  it.each([
    ['as a form', 'b=x%20~*&a=1', 'a=1&b=x+%7E*'],
    ['as a form, but for other characters than blanks', 'b=x%20~*&a=1', 'a=1&b=x+~%2A'],
    ['as JavaScript does', 'b=%21%27%28%29%2A%20&a=1', "a=1&b=!'()*%20"],
    ['decoded', 'b=%C3%A9&a=1', 'a=1&b=\xc3\xa9'],
    ['without "=" where there is no value', 'c=1&b=&a=', 'a&b&c=1'],
    ['without "=" at the end', 'b=&a=1', 'a=1&b'],
    ['as it came, but sorted', 'b=%c3%A9&a=*', 'a=*&b=%c3%A9'],
  ])('%s', (_, received, signed) => {
    expect(causeOf(received, signed)).toBe('QUERY_UNSORTED');
  });
});

describe('a query that was changed on the way is found', () => {
  it.each<[code: CauseCode, received: string, signed: string]>([
    ['QUERY_DECODED', 'a=b+c%20d', 'a=b%2Bc%2520d'],
    ['QUERY_ENCODED', '%2561=%2520', 'a=%20'],
    ['TARGET_REWRITTEN', 'a=b+c&c=%c3&added', 'a=b%20c&c=%C3'],
    ['PLUS_IN_QUERY', 'a=b+c&d=%20', 'a=b%2Bc&d=%20'],
  ])('%s: %s', (code, received, signed) => {
    expect(causeOf(received, signed)).toBe(code);
  });

  it('unless it cannot be decoded twice', () => {
    for (const received of ['a=%25zz', 'a=%25zz&b=%2541']) expect(causeOf(received, 'b=A')).toBeUndefined();
  });
});
