import { describe, expect, it } from 'vitest';
import { jsonSpellings } from '../../../src/core/explain/json-spellings.js';
import { stylesFor } from '../../../src/core/explain/json-styles.js';
import { explainedSpelling } from '../../support/mis-signed.js';

type Row = readonly [how: string, signed: string, arrived: string];

const COMPACT = '{"b":{"c":1},"a":[1,[2],[],{}]}';
const indented = (indent: string | number) => JSON.stringify(JSON.parse(COMPACT), undefined, indent);

describe('the explanation names the layout of the signed JSON', () => {
  it.each<Row>([
    ['compact', COMPACT, indented(2)],
    ['with ", " and ": "', '{"b": {"c": 1}, "a": [1, [2], [], {}]}', COMPACT],
    ['with "," and ": "', '{"b": {"c": 1},"a": [1,[2],[],{}]}', COMPACT],
    ['with ", " and ":"', '{"b":{"c":1}, "a":[1, [2], [], {}]}', COMPACT],
    ['with ", " and " : "', '{"b" : {"c" : 1}, "a" : [1, [2], [], {}]}', COMPACT],
    ['with blanks inside the braces', '{ "b": { "c": 1 }, "a": [ 1, [ 2 ], [], {} ] }', COMPACT],
    ['indented by one blank', indented(1), COMPACT],
    ['indented by two blanks', indented(2), COMPACT],
    ['indented by three blanks', indented(3), COMPACT],
    ['indented by four blanks', indented(4), COMPACT],
    ['indented by a tab', indented('\t'), COMPACT],
    ['indented as Jackson does', '{\n  "b" : {\n    "c" : 1\n  },\n  "a" : [ 1, [ 2 ], [ ], { } ]\n}', COMPACT],
  ])('%s', (how, signed, arrived) => {
    expect(explainedSpelling(arrived, signed)).toBe(how);
  });
});

describe('the explanation names what else differs in the signed JSON', () => {
  it.each<Row>([
    ['compact, with sorted keys', '{"a":2,"b":1}', '{"b":1,"a":2}'],
    ['compact, with sorted keys', '{"a":2,"a":3,"b":1}', '{"b":1,"a":2,"a":3}'],
    ['compact, with numbers as JavaScript writes them', '{"a":1,"b":"1.0"}', '{"a":1.0,"b":"1.0"}'],
    ['compact, without members that are null', '{"a":[null]}', '{"a":[null],"b":null}'],
    [
      'indented by two blanks, with sorted keys, with a final line break',
      '{\n  "a": 2,\n  "b": 1\n}\n',
      '{"b":1,"a":2}',
    ],
    ['compact, with \\u escapes in small letters, with a final line break', '["\\u00e9"]\n', '[ "\u00e9"]'],
  ])('%s: %j', (how, signed, arrived) => {
    expect(explainedSpelling(arrived, signed)).toBe(how);
  });
});

describe('the explanation names how the strings of the signed JSON are escaped', () => {
  const plain = `/<\u00e9='+\u2028`;
  it.each([
    ['with / as \\/', `\\/<\u00e9='+\u2028`],
    ['with \\u escapes in small letters', `/<\\u00e9='+\\u2028`],
    ['with \\u escapes in capitals', `/<\\u00E9='+\\u2028`],
    ['with / as \\/ and \\u escapes', `\\/<\\u00e9='+\\u2028`],
    ['with / as \\/ and \\u escapes in capitals', `\\/<\\u00E9='+\\u2028`],
    ['with <, > and & as \\u escapes', `/\\u003c\u00e9='+\\u2028`],
    ['with <, > and & as \\u escapes, and others', `/\\u003c\\u00e9='+\\u2028`],
    ['with <, > and & as \\u escapes in capitals', `/\\u003C\u00e9='+\\u2028`],
    ['with <, > and & as \\u escapes in capitals, and others', `/\\u003C\\u00E9='+\\u2028`],
    ["with <, >, &, = and ' as \\u escapes", `/\\u003c\u00e9\\u003d\\u0027+\\u2028`],
    ['with \\u escapes as .NET writes them', `/\\u003C\\u00E9=\\u0027\\u002B\\u2028`],
    ['with /, <, > and & escaped', `\\/\\u003c\u00e9='+\\u2028`],
    ['with /, <, > and & escaped, and others', `\\/\\u003c\\u00e9='+\\u2028`],
  ])('%s', (style, signed) => {
    // The blanks are those of no library: the strings alone are written anew.
    expect(explainedSpelling(`{  "a":"${plain}"}`, `{  "a":"${signed}"}`)).toBe(style);
    expect(explainedSpelling(`{  "a":"${plain}"}`, `{  "a":"${signed}"}\n`)).toBe(`${style}, with a final line break`);
  });

  it('with quotes as .NET writes them', () => {
    const arrived = '{"a":"say \\"+\\",\\n"}';
    const how = 'compact, with \\u escapes as .NET writes them';
    expect(explainedSpelling(`\t${arrived}`, '{"a":"say \\u0022\\u002B\\u0022,\\n"}')).toBe(how);
  });

  it('once for each way in which a text can be written', () => {
    expect(stylesFor('{"a":1}').map(({ name }) => name)).toEqual(['']);
    expect(stylesFor('{"a":"/"}').map(({ name }) => name)).toEqual(['', 'with / as \\/ and \\u escapes']);
  });
});

describe('the explanation names what a text had at its ends and line breaks', () => {
  it.each<Row>([
    ['with a final line break', 'a\nb\n', 'a\nb'],
    ['with a final CRLF', 'a\nb\r\n', 'a\nb'],
    ['with CRLF for line breaks', 'a\r\nb', 'a\nb'],
    ['with CRLF for line breaks, the final one too', 'a\r\nb\r\n', 'a\nb'],
    ['with a byte order mark', '\ufeffa\nb', 'a\nb'],
    ['with a byte order mark and a final line break', '\ufeffa\nb\n', 'a\nb'],
    ['with a byte order mark and CRLF for line breaks', '\ufeffa\r\nb', 'a\nb'],
    ['without the final line break', 'a\nb', 'a\nb\n'],
    ['without the final line break', 'a', 'a\r\n'],
    ['with LF for line breaks', 'a\nb\n', 'a\r\nb\r\n'],
    ['with LF for line breaks, without the final one', ' a\nb', ' a\r\nb\r\n'],
    ['without blanks and line breaks at the ends', 'a', ' a\t'],
    ['without the byte order mark', 'a ', '\ufeffa '],
    ['without the byte order mark', 'a\n', '\ufeffa\n'],
    ['with LF for line breaks, with a byte order mark', '\ufeffa\nb', 'a\r\nb'],
  ])('%s: %j', (how, signed, arrived) => {
    expect(explainedSpelling(arrived, signed)).toBe(how);
  });

  it('and not inside the text', () => {
    expect(explainedSpelling('a\ufeffb ', 'ab ')).toBeUndefined();
    expect(explainedSpelling('a\nb', 'ab')).toBeUndefined();
  });
});

describe('spellings of JSON', () => {
  const waysToWrite = (text: string) => Array.from(jsonSpellings(text), ({ how }) => how);

  it('name no change of values that changes nothing', () => {
    const ways = waysToWrite('{"a":1,"b":"x"}');
    expect(ways).not.toHaveLength(0);
    for (const how of ways) expect(how).not.toMatch(/sorted|numbers|null/);
  });

  it('exist for JSON without members too', () => {
    expect(waysToWrite('"/"').slice(0, 3)).toEqual([
      'compact',
      'with ", " and ": "',
      'compact, with / as \\/ and \\u escapes',
    ]);
  });

  it('leave out what is unusual in several ways at once', () => {
    const ways = waysToWrite('[1]');
    expect(ways).toContain('indented by a tab, with a byte order mark and a final line break');
    expect(ways).not.toContain('indented as Jackson does, with a byte order mark and a final line break');
  });

  it('leave out an indented text that may have over 2 ** 18 characters', () => {
    const around = '{"a":{"b":""}}';
    // Four braces at a depth of two: each blank of an indent may make the text longer by eight.
    const text = around.replace('""', `"${'x'.repeat(2 ** 18 - around.length - 16)}"`);
    const ways = waysToWrite(text);
    for (const how of ['compact', 'indented by a tab', 'indented by two blanks']) expect(ways).toContain(how);
    for (const how of ['three', 'four']) expect(ways).not.toContain(`indented by ${how} blanks`);
  });
});
