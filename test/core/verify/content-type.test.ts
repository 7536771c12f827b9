import { describe, expect, it } from 'vitest';
import { hasForeignCharset } from '../../../src/core/verify/content-type.js';
import { refused } from '../../support/refusals.js';
import { KEY, signed, verdictOn } from '../../support/signed-request.js';

const passed = expect.objectContaining({ ok: true, key: KEY });

describe('hasForeignCharset()', () => {
  it.each([
    'application/json; charset=utf-7',
    'application/json;charset=UTF-7',
    'application/json; CHARSET=utf-7',
    'application/json; Charset="utf-7"',
    'application/json; charset = utf-7',
    'application/json; charset\t=\t"utf-7"',
    "application/json; charset='utf-8'",
    'application/json; charset=utf-16',
    'application/json; charset=utf-16le',
    'application/json; charset=utf-80',
    'application/json; charset=utf-8x',
    'application/json; charset=xutf-8',
    'application/json; charset=utf_8',
    'application/json; charset="utf\\-8"',
    'application/json; charset=iso-8859-1',
    'application/json; charset=',
    'application/json; charset=""',
    'application/json; charset=;charset=utf-8',
    'application/json; charset=utf-8; charset=utf-7',
    'application/json; charset=utf-7; charset=utf-8',
    'application/json; charset=utf-8;charset="utf-7"',
    "application/json; charset*=utf-8''utf-7",
    "application/json; charset*=utf-7''utf-8",
    'application/json; a="; charset=utf-7"',
    'multipart/form-data; boundary=b; charset=utf-7',
    'charset=utf-7',
    'application/json; x-charset=utf-7',
  ])('finds a charset other than utf-8 in %s', (contentType) => {
    expect(hasForeignCharset(contentType)).toBe(true);
  });

  it.each([
    '',
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json; Charset="Utf-8"; profile=a',
    'application/json; charset = utf-8',
    'application/json; charset=utf8',
    'application/json; charset=UTF8 ; a=b',
    'application/json; charset=utf-8; charset="utf8"',
    'application/json; charset',
    'application/charset; a=utf-7',
    'multipart/form-data; boundary=utf-7',
  ])('finds no other charset in %j', (contentType) => {
    expect(hasForeignCharset(contentType)).toBe(false);
  });
});

describe('an unsigned Content-Type', () => {
  const withContentType = (...values: string[]) =>
    signed({ headers: values.map((value) => ['Content-Type', value]), signedHeaders: ['host', 'x-sdk-date'] });

  it('may name utf-8 or no charset, but no other one', () => {
    expect(verdictOn(withContentType('application/json'))).toEqual(passed);
    expect(verdictOn(withContentType('application/json; charset=UTF-8'))).toEqual(passed);
    expect(verdictOn(withContentType('application/json; charset=utf-7'))).toEqual(
      refused('HEADER_NOT_SIGNED', 'content-type'),
    );
  });

  it('may not hide another charset on a second line', () => {
    expect(verdictOn(withContentType('text/plain', 'text/plain; charset=latin1'))).toEqual(
      refused('HEADER_NOT_SIGNED', 'content-type'),
    );
  });

  it('is checked, and a signed one is not', () => {
    expect(verdictOn(signed({ headers: [['Content-Type', 'text/plain; charset=utf-7']] }))).toEqual(passed);
  });
});
