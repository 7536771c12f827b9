import { describe, expect, it } from 'vitest';
import type { ExplainOptions } from '../../../src/core/index.js';
import { explainedKind, signedAs } from '../../support/mis-signed.js';

interface Told {
  /** Unsigned headers in which a proxy tells something. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly options?: Partial<ExplainOptions>;
  /** As signed. Not set: as received. */
  readonly query?: string;
}

/** The cause that is found where `uri` was signed and `target` received. */
function causeOf(target: string, uri: string, { headers = [], options, query }: Told = {}) {
  const signed = query === undefined ? { uri } : { uri, query };
  return explainedKind(signedAs({ target, headers, signedHeaders: [] }, signed), options);
}

const prefixes = (...pathPrefixes: string[]): Told => ({ options: { pathPrefixes } });
const toldPrefix = (value: string): Told => ({ headers: [['X-Forwarded-Prefix', value]] });
const toldTarget = (value: string, others: Told = {}): Told => ({ headers: [['X-Original-URI', value]], ...others });

describe('a prefix that was taken off the path is found', () => {
  it.each<[where: string, uri: string, told: Told]>([
    ['in the option pathPrefixes, with slashes at both ends', '/shop/u/', prefixes('/shop/')],
    ['in the option pathPrefixes, with blanks around it', '/shop/u/', prefixes(' shop ')],
    ['in the second of the option pathPrefixes', '/b/u/', prefixes('/', '/b')],
    ['as the first segments of a longer one', '/1/2/u/', prefixes('/1/2/3/4')],
    ['as the first of many segments', '/1/2/3/4/5/6/7/u/', prefixes('/1/2/3/4/5/6/7/8/9/10')],
    ['as the second of four in X-Forwarded-Prefix', '/b/u/', toldPrefix('/a,/b,/c,/d')],
    ['as the fourth of four in X-Forwarded-Prefix', '/d/u/', toldPrefix('/a,/b,/c,/d')],
    ['as the first two of four in X-Forwarded-Prefix', '/a/b/u/', toldPrefix('/a,/b,/c,/d')],
    ['in a header beside another one', '/b/u/', { headers: [...toldPrefix('/a').headers!, ['X-Script-Name', '/b']] }],
    ['as the start of the path in X-Original-URI', '/1/2/3/4/u/', toldTarget('/1/2/3/4/u')],
    ['as the 24th of many', '/24/u/', prefixes(...Array.from({ length: 30 }, (_, at) => `/${at + 1}`))],
  ])('%s', (_, uri, told) => {
    expect(causeOf('/u', uri, told)).toBe('PATH_PREFIX_STRIPPED');
  });

  it.each<[where: string, uri: string, told: Told]>([
    ['as the fifth in X-Forwarded-Prefix', '/e/u/', toldPrefix('/a,/b,/c,/d,/e')],
    ['as the 25th of many', '/25/u/', prefixes(...Array.from({ length: 30 }, (_, at) => `/${at + 1}`))],
    ['as the first nine of ten segments', '/1/2/3/4/5/6/7/8/9/u/', prefixes('/1/2/3/4/5/6/7/8/9/10')],
  ])('but not %s', (_, uri, told) => {
    expect(causeOf('/u', uri, told)).toBeUndefined();
  });
});

describe('a prefix that was put before the path is found', () => {
  it.each<[what: string, target: string, uri: string, told?: Told]>([
    ['the whole path is the prefix', '/1/2/3/4', '/', prefixes('/1/2/3/4')],
    ['X-Forwarded-Prefix tells it', '/1/2/3/4/u', '/u/', toldPrefix('/1/2/3/4')],
    ['it is the start of one that X-Forwarded-Prefix tells', '/1/2/3/4/u', '/u/', toldPrefix('/1/2/3/4/5')],
    ['the path has fewer segments than are looked at', '/internal', '/'],
    ['it is two segments', '/1/2/u/v/w', '/u/v/w/'],
  ])('%s', (_, target, uri, told) => {
    expect(causeOf(target, uri, told)).toBe('PATH_PREFIX_ADDED');
  });

  it('unless the path begins with other segments', () => {
    expect(causeOf('/1/2/3/45/u', '/5/u/', prefixes('/1/2/3/4'))).toBeUndefined();
    expect(causeOf('/1/2/3/45/u', '5/u/', prefixes('/1/2/3/4'))).toBeUndefined();
    expect(causeOf('/5/6/7/8/u', '/u/', prefixes('/1/2/3/4'))).toBeUndefined();
  });
});

describe('a rewritten path or query is found', () => {
  it.each<[what: string, target: string, uri: string, told?: Told]>([
    ['a told prefix in place of one segment', '/internal/u', '/shop/u/', toldPrefix('/shop')],
    ['a usual prefix in place of three segments', '/1/2/3/u', '/backend/u/'],
    ['merged slashes alone', '/a///./b', '/a/./b/'],
    ['merged slashes, and resolved dots', '/a//./b/../c', '/a/c/'],
    ['more ".." than segments', '/../a/../../b', '/b/'],
    ['a told path, beside the query that came', '/new?b=2', '/old/', toldTarget('/old')],
    ['a told path and its query', '/new?b=2', '/old/', toldTarget('/old?x=%c3+1', { query: 'x=%C3%201' })],
    ['the query of another told path', '/new?b=2', '/new/', toldTarget('/elsewhere?a=1', { query: 'a=1' })],
    ['a told query without a path', '/new?b=2', '/new/', toldTarget('https://h.example?a=1', { query: 'a=1' })],
    ['a told path whose query cannot be read', '/new?b=2', '/old/', toldTarget('/old?%zz')],
  ])('%s', (_, target, uri, told) => {
    expect(causeOf(target, uri, told)).toBe('TARGET_REWRITTEN');
  });

  it.each<[what: string, uri: string, told: string]>([
    ['with a bad escape', '/old/', '/%zz?a=1'],
    ['without a slash at its start', 'old/', 'old?a=1'],
  ])('unless the told path is one %s', (_, uri, told) => {
    expect(causeOf('/new?b=2', uri, toldTarget(told))).toBeUndefined();
    expect(causeOf('/new?b=2', uri, toldTarget(told, { query: 'a=1' }))).toBeUndefined();
  });
});

it('a told query with a bad escape explains nothing', () => {
  expect(causeOf('/new?b=2', '/elsewhere/', toldTarget('/old?%zz'))).toBeUndefined();
});

describe('a path that the signer does not encode is found', () => {
  it.each([
    ['/a%20b', '/a b/'],
    ['/a%20b/', '/a b/'],
    ['/a%c3%a9', '/a%c3%a9/'],
    ['/a%25zz', '/a%zz/'],
  ])('%s signed as %s', (target, uri) => {
    expect(causeOf(target, uri)).toBe('PATH_ENCODED');
  });
});
