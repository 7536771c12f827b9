import { expect, it } from 'vitest';
import { KEYS_FILE_SETTING, KEYS_SETTING, parseKeysSetting } from '../../../src/core/keys/keys-setting.js';

it('has the names that the documentation gives', () => {
  expect([KEYS_SETTING, KEYS_FILE_SETTING]).toEqual(['APIG_SIGNATURE_KEYS', 'APIG_SIGNATURE_KEYS_FILE']);
});

it.each([
  ['{"a":"b"}', { a: 'b' }],
  ['{"a":["b","c"],"d":"e:f"}', { a: ['b', 'c'], d: 'e:f' }],
  ['{"a":"b","c":{"d":"e"}}', { a: 'b', c: { d: 'e' } }],
  ['{"a":["b",{"d":"e"}]}', { a: ['b', { d: 'e' }] }],
  ['"text"', 'text'],
  ['null', null],
  ['[{"a":"b"}]', [{ a: 'b' }]],
])('reads %s', (text, value) => {
  expect(parseKeysSetting(text)).toEqual(value);
});

it.each(['', '{', "{'a':'b'}", 'a=b'])('refuses %j, which is not valid JSON, without showing it', (text) => {
  expect(() => parseKeysSetting(text)).toThrow(
    new Error('APIG_SIGNATURE_KEYS: expected a JSON object, such as {"key":"secret"}; this is not valid JSON'),
  );
});

it.each(['{"a":"b","a":"c"}', '{"a":"b:","a":"\\"c"}', '{"a":["b"],"c":"d","a":"e"}'])(
  'refuses %s, which has a duplicate key name',
  (text) => {
    expect(() => parseKeysSetting(text)).toThrow(
      new Error('APIG_SIGNATURE_KEYS: duplicate key name; list several secrets as {"key":["new","old"]}'),
    );
  },
);
