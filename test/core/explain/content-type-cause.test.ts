import { describe, expect, it } from 'vitest';
import { explainedKind, signedAs } from '../../support/mis-signed.js';

const causeOf = (received: string, signed: string) =>
  explainedKind(signedAs({ headers: [['Content-Type', received]] }, { headers: { 'content-type': signed } }));

const FOUND = 'CONTENT_TYPE_REWRITTEN';
const CHARSETS = ['utf-8', 'UTF-8', 'utf8', 'UTF8', 'iso-8859-1', 'ISO-8859-1', 'us-ascii', 'gbk', 'GBK'];
const SEPARATORS = ['; ', ';', ' ; ', ' ;'];
const USUAL_TYPES = ['application/json', 'application/x-www-form-urlencoded', 'application/octet-stream', 'text/plain'];
const parameters = (count: number) => Array.from({ length: count }, (_, at) => `p${at}=${at}`);

describe('a Content-Type that was signed in another way is found', () => {
  it.each(CHARSETS)('with the charset %s', (charset) => {
    for (const separator of SEPARATORS) expect(causeOf('a/b', `a/b${separator}charset=${charset}`)).toBe(FOUND);
    expect(causeOf('a/b; x=1', `a/b; charset=${charset}; x=1`)).toBe(FOUND);
    expect(causeOf(`a/b; charset=${charset}`, 'a/b')).toBe(FOUND);
  });

  it.each(CHARSETS.slice(0, 4))('with the charset %s in quotes, or with a capital', (charset) => {
    for (const written of [`charset="${charset}"`, `Charset=${charset}`]) {
      for (const separator of SEPARATORS) expect(causeOf('a/b', `a/b${separator}${written}`)).toBe(FOUND);
    }
  });

  it.each([
    ['with another charset behind another parameter', 'a/b; x=1; charset=gbk', 'a/b;x=1;charset=UTF-8'],
    ['without its charset', 'a/b; CharSet = utf-8; x=1', 'a/b; x=1'],
    ['without an empty parameter', 'a/b;; x=1;', 'a/b; x=1'],
    ['with its parameters the other way round', 'a/b; x=1; y=2', 'a/b; y=2; x=1'],
    ['with its parameters the other way round and in quotes', 'a/b; x=1; y=2', 'a/b;y="2";x="1"'],
    ['without quotes', 'a/b; x="1"; y=""', 'a/b; x=1; y='],
    ['without the quotes that can be left out', 'a/b; x="1"; y="\\"2"', 'a/b; x=1; y="\\"2"'],
    ['with quotes', 'a/b; xy=12', 'a/b; xy="12"'],
    ['with quotes around "="', 'a/b; x=1=2', 'a/b; x="1=2"'],
    ['with quotes, and the quotes that it had', 'a/b; x=1; y="2"', 'a/b; x="1"; y="2"'],
    ['with capitals', 'application/json-x; a=1', 'Application/Json-X; a=1'],
    ['with its subtype in capitals', 'application/json', 'application/JSON'],
    ['with capitals, and its subtype in capitals', 'application/json', 'Application/JSON'],
    ['with its type in small letters', 'Text/PLAIN; x=Y', 'text/plain; x=Y'],
    ['in small letters', 'Text/PLAIN; X=Y', 'text/plain;x=y'],
    ['with a final semicolon', 'a/b; x=1', 'a/b; x=1;'],
    ['as an empty value', 'a/b', ''],
    ['with seven parameters', ['a/b', ...parameters(7)].join('; '), ['a/b', ...parameters(7)].join(';')],
    ['with 500 characters', `a/${'b'.repeat(498)}`, `a/${'b'.repeat(498)};`],
  ])('%s', (_, received, signed) => {
    expect(causeOf(received, signed)).toBe(FOUND);
  });

  it.each(USUAL_TYPES)('as %s', (type) => {
    for (const end of ['', '; charset=utf-8', ';charset=UTF-8']) expect(causeOf('a/b', type + end)).toBe(FOUND);
  });
});

describe('a Content-Type is not found', () => {
  it.each([
    ['without a parameter that is no charset', 'a/b; charset-x=1', 'a/b'],
    ['without a parameter whose name ends like a charset', 'a/b; xcharset=1', 'a/b'],
    ['with a rare charset in quotes', 'a/b', 'a/b; charset="iso-8859-1"'],
    ['without quotes that do not end the parameter', 'a/b; x="1"2', 'a/b; x=12'],
    ['with quotes around a part of the parameter', 'a/b; x=1"2', 'a/b; x="1""2'],
    ['with eight parameters', ['a/b', ...parameters(8)].join('; '), ['a/b', ...parameters(8)].join(';')],
    ['with 501 characters', `a/${'b'.repeat(499)}`, `a/${'b'.repeat(499)};`],
  ])('%s', (_, received, signed) => {
    expect(causeOf(received, signed)).toBeUndefined();
  });
});
