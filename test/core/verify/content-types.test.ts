import { describe, expect, it } from 'vitest';
import type { WireRequest } from '../../../src/core/index.js';
import { sha256Hex } from '../../../src/core/index.js';
import { refused } from '../../support/refusals.js';
import { signed, verdictOn, type DraftChanges } from '../../support/signed-request.js';

const BODY = Buffer.from('{"name":"value"}');
const JSON_ONLY = { contentTypes: ['application/json'] };
const UNTYPED = refused('HEADER_NOT_SIGNED', 'content-type');
const ENCODED = refused('HEADER_NOT_SIGNED', 'content-encoding');
const passed = { ok: true };

/** A request that the gateway signed over host and x-sdk-date alone, with headers that somebody put beside them. */
const beside = (headers: [string, string][], changes: DraftChanges = {}): WireRequest => {
  const request = signed({ method: 'POST', body: BODY, ...changes });
  return { ...request, headers: [...request.headers, ...headers] };
};
/** The same, where a function gives the hash of the body, and where its length is not told. */
const streamed = (request: WireRequest): WireRequest => ({
  ...request,
  body: () => sha256Hex(request.body as Uint8Array),
});
const type = (value: string): [string, string] => ['Content-Type', value];

describe('contentTypes', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json ;a=b',
    'application/json;',
  ])('accepts %s', (value) => {
    expect(verdictOn(beside([type(value)]), JSON_ONLY)).toMatchObject(passed);
    expect(verdictOn(beside([type(value)]), { contentTypes: ['text/plain', 'APPLICATION/json'] })).toMatchObject(
      passed,
    );
  });

  it.each([
    'text/plain',
    'application/jsonp',
    'application',
    '',
    ';application/json',
    'multipart/form-data; boundary=a',
    'application/json, text/plain',
    'text/plain; application/json',
    'application/json\xa0',
    '\vapplication/json',
    'application/x-www-form-urlencoded',
  ])('refuses "%s", with a body and without', (value) => {
    expect(verdictOn(beside([type(value)]), JSON_ONLY)).toEqual(UNTYPED);
    expect(verdictOn(beside([type(value)], { body: new Uint8Array() }), JSON_ONLY)).toEqual(UNTYPED);
    expect(verdictOn(beside([type(value)]))).toMatchObject(passed);
  });

  it('refuses another type on a second line, and accepts the same one', () => {
    expect(verdictOn(beside([type('application/json'), type('text/plain')]), JSON_ONLY)).toEqual(UNTYPED);
    expect(verdictOn(beside([type('application/json'), type('application/json')]), JSON_ONLY)).toMatchObject(passed);
  });

  it('refuses a charset other than utf-8, too', () => {
    expect(verdictOn(beside([type('application/json; charset=utf-16')]), JSON_ONLY)).toEqual(UNTYPED);
  });

  it('ignores a signed Content-Type', () => {
    const headers: DraftChanges['headers'] = [['Content-Type', 'text/plain; charset=utf-16']];
    expect(verdictOn(signed({ method: 'POST', body: BODY, headers }), JSON_ONLY)).toMatchObject(passed);
  });

  it('refuses a body without a Content-Type before it checks the date', () => {
    expect(verdictOn(beside([]), JSON_ONLY)).toEqual(UNTYPED);
    expect(verdictOn(beside([], { date: '20200101T000000Z' }), JSON_ONLY)).toEqual(UNTYPED);
  });

  it('refuses such a body if only its hash shows that there is one', () => {
    expect(verdictOn(streamed(beside([])), JSON_ONLY)).toEqual(UNTYPED);
    const declared: DraftChanges['headers'] = [['X-Sdk-Content-Sha256', sha256Hex(BODY)]];
    expect(verdictOn(streamed(beside([], { headers: declared })), JSON_ONLY)).toEqual(UNTYPED);
    const unsigned: DraftChanges['headers'] = [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']];
    expect(verdictOn(streamed(beside([], { headers: unsigned })), JSON_ONLY)).toEqual(UNTYPED);
  });

  it('accepts a request without body and without Content-Type', () => {
    const empty = beside([], { method: 'GET', body: new Uint8Array() });
    expect(verdictOn(empty, JSON_ONLY)).toMatchObject(passed);
    expect(verdictOn({ ...empty, body: undefined }, JSON_ONLY)).toMatchObject(passed);
    expect(verdictOn(streamed(empty), JSON_ONLY)).toMatchObject(passed);
    const declared: DraftChanges['headers'] = [['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD']];
    expect(verdictOn({ ...beside([], { headers: declared }), body: undefined }, JSON_ONLY)).toMatchObject(passed);
  });

  it.each(['gzip', 'br', 'deflate', 'identity, gzip', 'gzip, identity', '', 'x'])(
    'refuses an unsigned Content-Encoding: %s',
    (encoding) => {
      const headers: [string, string][] = [type('application/json'), ['Content-Encoding', encoding]];
      expect(verdictOn(beside(headers), JSON_ONLY)).toEqual(ENCODED);
      expect(verdictOn(beside(headers))).toMatchObject(passed);
    },
  );

  it('accepts the Content-Encoding identity, and a signed one', () => {
    const json = type('application/json');
    expect(verdictOn(beside([json, ['Content-Encoding', 'Identity']]), JSON_ONLY)).toMatchObject(passed);
    expect(verdictOn(beside([json], { headers: [['Content-Encoding', 'gzip']] }), JSON_ONLY)).toMatchObject(passed);
    expect(
      verdictOn(beside([json, ['Content-Encoding', 'identity'], ['Content-Encoding', 'gzip']]), JSON_ONLY),
    ).toEqual(ENCODED);
  });
});
