import fc from 'fast-check';
import { KEY, SECRET, type DraftChanges } from './signed-request.js';

/** Weighted to what implementations read differently; wire text, one character for each byte. */
const AMBIGUOUS = ['%', '%4', '%zz', '%6d', '%41', '%2F', '#'];
const ODD = [
  '',
  '.',
  '..',
  '%2e',
  '%20',
  '%25',
  '%2541',
  '%c3%a9',
  '%C3%A9',
  '\xc3\xa9',
  '\xff',
  '~',
  '%7E',
  ' ',
  ':',
  "'",
  '*',
];
const PLAIN = ['a', 'b', 'A', '0', 'a-', 'a0', '__proto__', 'constructor'];

const anyByte = fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte));
const part = (...more: string[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...PLAIN) },
    { weight: 6, arbitrary: fc.constantFrom(...ODD, ...more) },
    { weight: 1, arbitrary: anyByte },
  );
const text = (...more: string[]) => fc.array(part(...more), { maxLength: 3 }).map((parts) => parts.join(''));

const path = fc.array(text('+'), { minLength: 1, maxLength: 4 }).map((segments) => '/' + segments.join('/'));
const piece = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('', '=', 'a', 'a=', 'a==', ':', '0') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(part('+', '%2B', '?', '/', '%3D', '%26'), text('+', '%2b', '=', '?'))
      .map(([n, v]) => `${n}=${v}`),
  },
);
const query = fc.oneof(
  fc.constant(''),
  fc.array(piece, { maxLength: 6 }).map((pieces) => '?' + pieces.join('&')),
);
/** Now and then with what makes it ambiguous. */
const fault = fc.oneof(
  { weight: 9, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(...AMBIGUOUS) },
);
const target = fc.tuple(path, query, fault, fc.nat(99)).map(([path, query, fault, place]) => {
  const whole = path + query;
  const at = 1 + (place % whole.length);
  return whole.slice(0, at) + fault + whole.slice(at);
});

const blanks = fc.constantFrom('', ' ', '\t', ' \t ');
const value = fc
  .tuple(
    blanks,
    fc.array(fc.oneof(fc.constantFrom('a', 'B', ' ', '\t', ',', '"', '\xa0', '\xe9', '\0'), anyByte), { maxLength: 5 }),
    blanks,
  )
  .map((parts) =>
    parts
      .flat()
      .join('')
      .replace(/[\r\n]/g, ''),
  );
/** Hashes are those of no body, which most requests have. */
const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const header: fc.Arbitrary<[string, string]> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom('X-A', 'x-b', 'X-A-B', 'X-AB', '__proto__', 'constructor'), value) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant('X-Sdk-Content-Sha256'),
      fc.constantFrom('UNSIGNED-PAYLOAD', EMPTY_HASH, 'junk', ''),
    ),
  },
);

export const body = fc.oneof(
  { weight: 2, arbitrary: fc.constant(new Uint8Array()) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
);

/** What a caller would sign: any request, each header once and all of them signed, under one of the dialects. */
export const signable: fc.Arbitrary<DraftChanges> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'DELETE', 'get', 'M-SEARCH'),
  target,
  headers: fc.uniqueArray(header, { selector: ([name]) => name.toLowerCase(), maxLength: 4 }),
  body,
  dialect: fc.record({ order: fc.constantFrom('decoded', 'encoded'), plus: fc.constantFrom('space', 'literal') }),
});

type Send = NonNullable<DraftChanges['send']>;
const oneFault = fc.oneof(
  fc.record({ headers: fc.array(header, { maxLength: 5 }) }),
  fc.record({ headers: fc.constant([['x-sdk-date', '20260115T093045Z']] as [string, string][]) }),
  // At both ends of the acceptance window of 15 January 2026, 9:30:45, and no dates.
  fc.record({
    date: fc.constantFrom(
      '20260115T091545Z',
      '20260115T091544Z',
      '20260115T094545Z',
      '20260115T094546Z',
      '20260229T093045Z',
      '',
    ),
  }),
  fc.record({
    signedHeaders: fc
      .uniqueArray(fc.constantFrom('host', 'HOST', 'x-a', 'X-B', '__proto__', 'x-absent', '', 'a b'), { maxLength: 3 })
      .chain((names) => fc.constantFrom([...names, 'x-sdk-date'], [...names, 'X-SDK-DATE'], names)),
  }),
  fc.record({ key: fc.constantFrom('other', 'nobody', 'constructor', '', 'a,b', KEY) }),
  fc.record({ secret: fc.constantFrom('other secret', 'wrong', SECRET) }),
  fc.record({
    send: fc.constantFrom<Send>(
      () => [],
      () => [''],
      (line) => [line, line],
      (line) => [line + ' '],
      (line) => [line + '0'],
      (line) => [line.toUpperCase()],
    ),
  }),
);

/** What nobody honest would send: names absent, repeated, unsorted, in any case; wrong keys, secrets and dates. */
export const odd: fc.Arbitrary<DraftChanges> = fc
  .tuple(signable, fc.array(oneFault, { maxLength: 3 }))
  .map(([request, faults]) => Object.assign({}, request, ...faults) as DraftChanges);
