import fc from 'fast-check';
import type { NaiveSettings } from './naive-verdict.js';
import { DATE, KEY, SECRET, type DraftChanges } from './signed-request.js';
import { anyByte, target } from './targets.arbitrary.js';

/** The keyring that these requests are signed for, well or not. */
export const KEYS = { [KEY]: [SECRET, 'older secret'], other: 'other secret', 'a b': 'secret of a b' };

const blanks = fc.constantFrom('', ' ', '\t', ' \t ');
const value = fc
  .tuple(
    blanks,
    fc.array(fc.oneof(fc.constantFrom('a', 'B', ' ', '\t', ',', ':', '"', '\xa0', '\xe9', '\0'), anyByte), {
      maxLength: 5,
    }),
    blanks,
  )
  .map((parts) =>
    parts
      .flat()
      .join('')
      .replace(/[\r\n]/g, ''),
  );

const contentType = fc
  .array(
    fc.constantFrom(
      ...[
        'text/plain',
        'application/json',
        ';',
        ' ',
        '\t',
        '"',
        '*',
        '=',
        'charset',
        'charset*=',
        'CharSet',
        'charset=',
      ],
      ...['charset=utf-8', 'charset="UTF8"', 'charset=utf-7', 'utf-8', 'utf-8x', 'latin1', '\xa0'],
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** Hashes are those of no body, which most requests have. */
const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const header: fc.Arbitrary<[string, string]> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom('X-A', 'x-b', 'X-A-B', 'X-AB', 'x.a', '__proto__', 'constructor'), value),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('X-Sdk-Content-Sha256'),
      fc.constantFrom(
        ...['UNSIGNED-PAYLOAD', 'UNSIGNED-PAYLOAD', ' UNSIGNED-PAYLOAD\t', 'unsigned-payload', 'junk', ''],
        ...[EMPTY_HASH, EMPTY_HASH.toUpperCase(), EMPTY_HASH + '0', EMPTY_HASH.replace('e', 'f')],
      ),
    ),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('Content-Type', 'content-type'), contentType) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom('Content-Encoding', 'content-encoding'),
      fc.constantFrom('identity', ' Identity\t', 'gzip', '', 'identity, gzip', 'identity\xa0'),
    ),
  },
);

/** A body, mostly none. */
export const body = fc.oneof(
  { weight: 2, arbitrary: fc.constant(new Uint8Array()) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
);

/** What a caller would sign: any request, each header once and all of them signed, under one of the dialects. */
export const signable: fc.Arbitrary<DraftChanges> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'DELETE', 'get', 'pAtCh', 'M-SEARCH'),
  target,
  headers: fc.uniqueArray(header, { selector: ([name]) => name.toLowerCase(), maxLength: 4 }),
  body,
  secret: fc.constantFrom(SECRET, SECRET, 'older secret'),
  dialect: fc.record({
    order: fc.constantFrom('decoded', 'encoded', 'utf-16'),
    plus: fc.constantFrom('space', 'literal'),
  }),
});

/** At both ends of the acceptance window of 15 January 2026, 9:30:45, at those of a minute, and no dates. */
const DATES = [
  ...['20260115T091545Z', '20260115T091544Z', '20260115T094545Z', '20260115T094546Z'],
  ...['20260115T092945Z', '20260115T092944Z', '20260115T093145Z', '20260115T093146Z', ` ${DATE}\t`],
  ...['20260229T093045Z', '20260115T240000Z', '20260115T093060Z', '20261315T093045Z', '20260100T093045Z'],
  ...['', DATE.toLowerCase(), DATE + 'Z', '2026-01-15T09:30:45Z', '+20260115T093045', '00000115T093045Z'],
];

type Send = NonNullable<DraftChanges['send']>;
const SENDINGS: readonly Send[] = [
  () => [],
  () => [''],
  () => [' '],
  (line) => [line, line],
  (line) => ['', line],
  (line) => [line + ' '],
  (line) => [line + '0'],
  (line) => [line + ', a=b'],
  (line) => ['x ' + line],
  (line) => [line.toUpperCase()],
  (line) => [line.toLowerCase()],
  (line) => [line.replace(' ', '\t \xa0')],
  (line) => [line.replace(' ', '')],
  (line) => [line.replaceAll(', ', ',')],
  (line) => [line.replaceAll(', ', ',  ')],
  (line) => [line.replace('Access', 'Key')],
  (line) => [line.slice(0, -1) + '\xe9'],
];

const NAMES = ['host', 'HOST', 'x-a', 'X-B', 'content-type', '__proto__', 'x-absent', '', 'a b', 'x\xe9'];
const DATE_NAMES = [['x-sdk-date'], ['X-SDK-DATE'], ['x-sdk-date', 'X-Sdk-Date'], []];

const oneFault = fc.oneof(
  fc.record({ method: fc.oneof(fc.constantFrom('', ' ', 'GET ', 'G\xc9T', 'GET\0'), anyByte) }),
  fc.record({ headers: fc.array(header, { maxLength: 5 }) }),
  fc.record({ headers: fc.constant([['x-sdk-date', DATE]] as [string, string][]) }),
  fc.record({ date: fc.constantFrom(...DATES) }),
  fc
    .tuple(fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 3 }), fc.constantFrom(...DATE_NAMES))
    .map(([names, date]) => ({ signedHeaders: [...names, ...date] })),
  fc.record({
    key: fc.constantFrom('other', 'a b', 'nobody', 'constructor', '', 'a,b', 'k\xe9', '\x7f', 'k'.repeat(129), KEY),
  }),
  fc.record({ secret: fc.constantFrom('other secret', 'secret of a b', 'older secret', 'wrong', SECRET) }),
  fc.record({ send: fc.constantFrom(...SENDINGS) }),
  fc.record({
    target: fc.constantFrom('', '*', '?', '#', 'a', 'http://a/b', '%2F', '//', '/?', '/?=', '/?=&=', '/?=a'),
  }),
);

/** What nobody honest would send: names absent, repeated, unsorted, in any case; wrong keys, secrets and dates. */
export const odd: fc.Arbitrary<DraftChanges> = fc
  .tuple(signable, fc.array(oneFault, { maxLength: 3 }))
  .map(([request, faults]) => Object.assign({}, request, ...faults) as DraftChanges);

/** An option that is set one time in four. */
const sometimes = <const T>(...values: readonly T[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...values) });
const names = [['host'], ['X-A', 'x-b'], ['x-sdk-date'], ['Content-Type', 'X-Sdk-Content-Sha256'], []];

/** A verifier's options, most of them not set. */
export const settings: fc.Arbitrary<Omit<NaiveSettings, 'secrets' | 'now'>> = fc.oneof(
  fc.record({ plusInQuery: fc.constantFrom('space', 'literal') }),
  fc.record({
    allowedKeys: sometimes([KEY], [KEY, 'other'], ['other']),
    requiredSignedHeaders: sometimes(...names),
    signedIfPresent: sometimes(...names),
    contentTypes: sometimes(['application/json'], ['Text/Plain', 'application/JSON']),
    pathPrefix: sometimes('/api', '/a/b', '/hello'),
    unsignedPayload: fc.constantFrom(undefined, 'accept', 'refuse', 'refuse'),
    clockSkew: sometimes(0.5, 60, 900.5),
    plusInQuery: sometimes('literal'),
    encodedSlash: sometimes('accept'),
    queryPieces: sometimes(0, 2, 2.5, 1e6),
  }),
);
