import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recogniseCanonical } from '../../src/core/canonical-target.js';
import { readByTheRules, readTarget, type ReadTarget, type TargetRules } from '../../src/core/request-target.js';

const plain = fc.string({
  unit: fc.constantFrom(...Array.from('-.09AZ_az~')),
  maxLength: 3,
});
const odd = fc.oneof(
  fc.constantFrom('%', '%20', '%2d', '%2F', '%7E', '+', ' ', ':', '=', '&', '?', '#', '/', '\x7f', '\xff', '\u0100'),
  fc.integer({ min: 0, max: 0x2ff }).map((code) => String.fromCharCode(code)),
);
/** Plain but for a few, which makes half of all targets canonical. */
const text = fc.oneof(
  { weight: 30, arbitrary: plain },
  { weight: 1, arbitrary: fc.tuple(plain, odd, plain).map((parts) => parts.join('')) },
);

const path = fc.array(text, { maxLength: 4 }).map((segments) => '/' + segments.join('/'));
const name = fc.oneof({ weight: 30, arbitrary: plain.filter((each) => each !== '') }, { weight: 1, arbitrary: text });
const pair = fc.tuple(name, text);
const inOrder = ([a, b]: [string, string], [c, d]: [string, string]) =>
  a < c || (a === c && b < d) ? -1 : a === c && b === d ? 0 : 1;
const pairs = fc.array(pair, { maxLength: 5 });
const query = fc.oneof(
  fc.constantFrom('', '?', '?&', '?a', '?a&', '?=', '?a=&a=', '?a==', '?a=?', '?&a=', '?a=&&b='),
  fc.tuple(pairs, fc.boolean()).map(([each, isSorted]) => {
    const ordered = isSorted ? each.toSorted(inOrder) : each;
    return '?' + ordered.map(([name, value]) => `${name}=${value}`).join('&');
  }),
);
const target = fc
  .tuple(fc.constantFrom('', '', '', '', '', '', '', 'x', '*'), path, query)
  .map((parts) => parts.join(''));

const rules: fc.Arbitrary<TargetRules> = fc.record({
  plusInQuery: fc.constantFrom('space', 'literal'),
  encodedSlash: fc.constantFrom('accept', 'refuse'),
  queryPieces: fc.oneof({ weight: 5, arbitrary: fc.constant(1000) }, { weight: 1, arbitrary: fc.nat(4) }),
});

const linesOf = (read: ReadTarget | undefined) =>
  read && [read.canonicalUri, read.canonicalQuery('decoded'), read.canonicalQuery('encoded')];

describe('a target that is recognised as canonical', () => {
  it('reads as by the rules, and so does any other', () => {
    let recognised = 0;
    const runs = 10_000;
    const property = fc.property(target, rules, (target, rules) => {
      expect(linesOf(readTarget(target, rules))).toEqual(linesOf(readByTheRules(target, rules)));
      if (recogniseCanonical(target, rules.queryPieces)) recognised++;
    });
    fc.assert(property, { numRuns: runs });
    // Else this would have compared little.
    expect(recognised).toBeGreaterThan(runs / 4);
    expect(recognised).toBeLessThan((runs * 3) / 4);
  });

  it('is every one that the rules leave as it was, but for escapes and empty names', () => {
    const property = fc.property(target, rules, (target, rules) => {
      const read = linesOf(readByTheRules(target, rules));
      const [path, query = ''] = target.split('?') as [string, string?];
      const isUnchanged = read && [path, path + '/'].includes(read[0]!) && read[1] === query;
      const isPlain = !target.includes('%') && !/(^|&)=/.test(query);
      expect(recogniseCanonical(target, rules.queryPieces) !== undefined).toBe(isUnchanged === true && isPlain);
    });
    fc.assert(property, { numRuns: 10_000 });
  });
});
