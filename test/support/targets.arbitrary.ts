import fc from 'fast-check';

/** Makes a target ambiguous where it stands in a path; some of it in a query too. */
const AMBIGUOUS = ['%', '%%', '%4', '%zz', '%g0', '%6d', '%41', '%30', '%2F', '%2f', '#', '?#'];
/** What implementations read differently; wire text, one character for each byte. */
const ODD = [
  ...['', '.', '..', '%2e', '%2E%2e', '\\', '%5C', ';', ':', '@', '~', '%7E', '%7e', "'", '*', '!', '(', ' ', '%20'],
  ...['%25', '%2541', '%252F', '%00', '%0A', '%3F', '%23', '%c3%a9', '%C3%A9', '\xc3\xa9', '\xff', '%FF', '%e2%82%ac'],
  // Sorted otherwise in UTF-16.
  ...['%EE%80%80', '%ef%bf%bd', '%f0%9f%98%80', '\xf4\x8f\xbf\xbd'],
];
const PLAIN = ['a', 'b', 'A', '0', 'a-', 'a0', 'index.html', '__proto__', 'constructor'];

/** One byte of any value. */
export const anyByte = fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte));

/** The escape of one byte of any value, in either case. */
const anyEscape = fc.tuple(fc.nat(255), fc.boolean()).map(([byte, isUpper]) => {
  const escape = '%' + byte.toString(16).padStart(2, '0');
  return isUpper ? escape.toUpperCase() : escape;
});

const part = (...more: string[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...PLAIN) },
    { weight: 6, arbitrary: fc.constantFrom(...ODD, ...more) },
    { weight: 1, arbitrary: fc.oneof(anyByte, anyEscape) },
  );
const text = (...more: string[]) => fc.array(part(...more), { maxLength: 3 }).map((parts) => parts.join(''));

const path = fc.array(text('+', '%2B'), { minLength: 1, maxLength: 4 }).map((segments) => '/' + segments.join('/'));

const piece = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('', '=', 'a', 'a=', 'a==', ':', '0', '+', '%20', '%3D') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(part('+', '%2B', '?', '/', '%3D', '%26', '%41'), text('+', '%2b', '=', '?', '%26', '%61', '/'))
      .map(([name, value]) => `${name}=${value}`),
  },
);
/** At both sides of the limit of 1,000 pieces. */
const manyPieces = fc
  .tuple(fc.constantFrom('', 'a', 'b=+', 'a-=2', 'a0'), fc.integer({ min: 998, max: 1001 }))
  .map(([piece, count]) => `?${Array<string>(count).fill(piece).join('&')}`);
const query = fc.oneof(
  { weight: 1000, arbitrary: fc.constant('') },
  { weight: 2000, arbitrary: fc.array(piece, { maxLength: 6 }).map((pieces) => '?' + pieces.join('&')) },
  { weight: 1, arbitrary: manyPieces },
);

const fault = fc.oneof(
  { weight: 9, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom(...AMBIGUOUS) },
);

/** Any target that begins with a slash; now and then with what makes it ambiguous. */
export const target = fc.tuple(path, query, fault, fc.nat(99)).map(([path, query, fault, place]) => {
  const whole = path + query;
  const at = 1 + (place % whole.length);
  return whole.slice(0, at) + fault + whole.slice(at);
});

const ordinaryText = fc.string({ unit: 'grapheme', maxLength: 6 });
const ordinarySegment = fc.oneof(
  ordinaryText.map((plain) => encodeURIComponent(plain)),
  fc.constantFrom('.', '..', '+', 'caf\u00e9', ':', '\u20ac', '%2541', '~'),
);
const ordinaryPath = fc.array(
  fc.oneof(fc.constant(''), ordinarySegment).filter((segment) => !segment.includes('%2F')),
  { maxLength: 4 },
);
const ordinaryPair = fc
  .tuple(ordinarySegment, ordinarySegment)
  .map(([name, value]) => (name === '' ? 'a' : `${name}=${value}`));
const ordinaryQuery = fc.array(fc.oneof(ordinaryPair, fc.constantFrom('', 'a', '=')), { maxLength: 5 });

/** Targets in ordinary text that can be read in one way only. */
export const ordinaryTarget = fc
  .tuple(ordinaryPath, ordinaryQuery)
  .map(([segments, pieces]) => `/${segments.join('/')}?${pieces.join('&')}`);
