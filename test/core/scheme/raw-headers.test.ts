import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HeaderNames } from '../../../src/core/fast/header-names.js';
import { RawHeaders } from '../../../src/core/scheme/raw-headers.js';

const token = fc.constantFrom('host', 'x-a', 'x-b', '__proto__', 'k', 'i');
// The Kelvin sign is a k in lower case, and an I with a dot becomes two characters.
const name = fc.oneof(token, fc.constantFrom('HOST', 'X-B', '\u212a', '\u0130', ''));
const value = fc.constantFrom('', 'a', ' \tb\t ', '\xff', 'a b');

it.each([5, 1000])('finds headers by their lower-case names, in up to %d lines of a request', (most) => {
  const lines = fc.array(fc.tuple(name, value), { maxLength: most, size: 'max' });
  const property = fc.property(lines, fc.array(token), (lines, names) => {
    const looked = RawHeaders.of(lines);
    const wanted = new HeaderNames([...new Set(names)]);
    const all = wanted.list.map((each) => {
      const found = lines.filter(([name]) => name.toLowerCase() === each);
      return found.map(([, value]) => value.replace(/^[ \t]+|[ \t]+$/g, ''));
    });
    const expected = all.map((values) => (values.length > 1 ? values : values[0]));
    expect(wanted.list.map((each) => looked.get(each))).toEqual(expected);
    expect(wanted.valuesIn(looked)).toEqual(expected);
    expect(wanted.list.map((each) => looked.first(each))).toEqual(all.map(([first]) => first));
  });
  fc.assert(property, { numRuns: 300 });
});
