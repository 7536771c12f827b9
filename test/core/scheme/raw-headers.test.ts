import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HeaderNames } from '../../../src/core/fast/header-names.js';
import { RawHeaders } from '../../../src/core/scheme/raw-headers.js';
import { indexHeaders } from '../../../src/core/scheme/wire-request.js';

const token = fc.constantFrom('host', 'x-a', 'x-b', '__proto__', 'k', 'i');
// The Kelvin sign is a k in lower case, and an I with a dot becomes two characters.
const name = fc.oneof(token, fc.constantFrom('HOST', 'X-B', '\u212a', '\u0130', ''));
const value = fc.constantFrom('', 'a', ' \tb\t ', '\xff', 'a b');

it.each([5, 1000])('finds headers as an index does, in up to %d lines of a request', (most) => {
  const lines = fc.array(fc.tuple(name, value), { maxLength: most, size: 'max' });
  const property = fc.property(lines, fc.array(token), (lines, names) => {
    const [looked, index] = [RawHeaders.of(lines), indexHeaders(lines)];
    const wanted = new HeaderNames([...new Set(names)]);
    const expected = wanted.list.map((each) => {
      const values = index.get(each);
      return values?.length === 1 ? values[0] : values;
    });
    expect(wanted.list.map((each) => looked.get(each))).toEqual(expected);
    expect(wanted.valuesIn(looked)).toEqual(expected);
  });
  fc.assert(property, { numRuns: 300 });
});
