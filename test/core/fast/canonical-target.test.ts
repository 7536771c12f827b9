import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recogniseCanonical } from '../../../src/core/fast/canonical-target.js';
import { canonicalQuery, canonicalUri, queryPairs, splitTarget } from '../../../src/core/index.js';
import { isRefusal } from '../../../src/core/refusal.js';
import { queriesInOtherOrders, readTarget, type TargetRules } from '../../../src/core/verify/request-target.js';

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
  fc.constantFrom('?%EF=&%F0=', '?%F0%9F=&%EE=&%3A=&0='),
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

/** The canonical URI, and the canonical queries of all orders, by the plain rules. */
function plainLinesOf(target: string, { plusInQuery }: TargetRules) {
  const [path, query] = splitTarget(target);
  const [uri, pairs] = [canonicalUri(path), queryPairs(query, plusInQuery)];
  if (uri === undefined || !pairs) return undefined;
  const orders = ['decoded', 'encoded', 'utf-16'] as const;
  return [uri, ...new Set(orders.map((order) => canonicalQuery(pairs, order)))];
}

function linesOf(target: string, rules: TargetRules) {
  const read = readTarget(target, rules);
  return isRefusal(read) ? undefined : [read.canonicalUri, read.canonicalQuery, ...queriesInOtherOrders(read)];
}

const RUNS = 10_000;

describe('a recognised target', () => {
  it('gives the same result as the plain rules, like every target that can be read', () => {
    const counts = { recognised: 0, others: 0, refused: 0 };
    const property = fc.property(target, rules, (target, rules) => {
      const lines = linesOf(target, rules);
      if (recogniseCanonical(target, rules.queryPieces)) counts.recognised++;
      else if (lines) counts.others++;
      else counts.refused++;
      if (lines) expect(lines).toEqual(plainLinesOf(target, rules));
    });
    fc.assert(property, { numRuns: RUNS });
    // Else this would have compared little.
    const { recognised, others, refused } = counts;
    expect(Math.min(recognised, others, refused) / (recognised + others + refused)).toBeGreaterThan(0.05);
  });

  it.each([
    ['/?x=1&x=', undefined],
    ['/?x=1&x=&y=', undefined],
    ['/?xa=&x=', undefined],
    ['/?x=&x=1', 'x=&x=1'],
    ['/?x=&x-a=', 'x=&x-a='],
    ['/?x-=&x=', undefined],
    ['/?x=&x=', 'x=&x='],
  ])('has its pieces in order to the last one: %s', (target, query) => {
    expect(recogniseCanonical(target, 1000)?.canonicalQuery).toBe(query);
  });

  it('is every target that the rules keep unchanged, except those with escapes or empty names', () => {
    const property = fc.property(target, rules, (target, rules) => {
      const lines = linesOf(target, rules);
      const [path, query = ''] = target.split('?') as [string, string?];
      const isUnchanged = lines && [path, path + '/'].includes(lines[0]!) && lines[1] === query;
      const isPlain = !target.includes('%') && !/(^|&)=/.test(query);
      expect(recogniseCanonical(target, rules.queryPieces) !== undefined).toBe(isUnchanged === true && isPlain);
    });
    fc.assert(property, { numRuns: RUNS });
  });
});
