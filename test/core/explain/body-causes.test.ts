import { describe, expect, it } from 'vitest';
import { explainMismatch, sha256Hex } from '../../../src/core/index.js';
import { explainedKind, explainedSpelling, signedAs, toldSpelling, type Received } from '../../support/mis-signed.js';
import { KEY, SECRET } from '../../support/signed-request.js';

const keys = { [KEY]: SECRET };
const hash = (text: string) => sha256Hex(Buffer.from(text));
const post = (body: string, headers: [string, string][] = []) => ({ method: 'POST', body: Buffer.from(body), headers });

/** How the signed body was written, if what a parser made of the one that arrived is at hand too. */
function parsedSpelling(arrived: string, parsedBody: unknown, signed: string): string | undefined {
  const request = signedAs(post(arrived), { body: hash(signed) });
  return toldSpelling(explainMismatch({ ...request, parsedBody }, { keys }));
}

describe('the body is explained as written anew', () => {
  it.each<[how: string, signed: string, arrived: string]>([
    ['a form', 'a=1+2&b=3', '{"a":"1 2","b":3}'],
    ['a form', 'b=1%202&a=3', '{"b":"1 2","a":3}'],
    ['a form', 'a=1&a=%C3%A9&b=%7B%22c%22%3A1%7D', '{"a":[1,"\u00e9"],"b":{"c":1}}'],
    ['a form, sorted', 'a=3&b=1%202', '{"b":"1 2","a":3}'],
    ['JSON, compact', '{"ab":"x y","c":"3"}', 'ab=x+y&c=3'],
    ['JSON, with ", " and ": "', '{"a": "1", "b": "\u00e9"}', 'a=1&b=%c3%a9'],
    ['JSON, compact', '{"a":10,"b":-3,"c":"x1","d":"1x"}', 'a=10&b=-3&c=x1&d=1x'],
    ['JSON, with ", " and ": "', '{"a": 1, "b": "1234567890123456"}', 'a=1&b=1234567890123456'],
    ['compact', '{"a":1.0}', '\ufeff{ "a":1.0}'],
    ['compact', '{"a":"x\ufeffy"}', '{ "a":"x\ufeffy"}'],
    ['with ", " and ": "', '{"a": 1.0}', ' \n{"a":1.0}'],
  ])('%s: %j', (how, signed, arrived) => {
    expect(explainedSpelling(arrived, signed)).toBe(how);
  });

  it('with its signed Content-Length', () => {
    const signed = '{"a":"\\u00e9"}';
    const request = signedAs(post('{"a":"\u00e9"}', [['Content-Length', '10']]), {
      body: hash(signed),
      headers: { 'content-length': '14' },
    });
    const { cause, suspects } = explainMismatch(request, { keys });
    expect(cause?.code).toBe('BODY_REWRITTEN');
    expect(cause?.text).toContain('Signed: header content-length "14". Received: header content-length "10".');
    expect(suspects).toEqual(['content-length']);
  });

  it('under a signed Content-Length that did not change', () => {
    const request = signedAs(post('{"b":1,"a":2}', [['Content-Length', '13']]), { body: hash('{"a":2,"b":1}') });
    expect(toldSpelling(explainMismatch(request, { keys }))).toBe('compact, with sorted keys');
  });

  it("by the parser's values where the text is not JSON of an object", () => {
    expect(parsedSpelling('{a: 1}', { a: 1 }, '{"a":1}')).toBe('compact');
    expect(parsedSpelling('"{\\"a\\":1}"', { a: 1 }, '{"a":1}')).toBe('compact');
    expect(parsedSpelling('[1,', [1], '[1]')).toBe('compact');
  });
});

describe('the body is not explained as written anew', () => {
  it.each<[what: string, signed: string, arrived: string]>([
    ['a list is not a form', '0=x', '["x"]'],
    ['a string is not a form', '0=a&1=b', '"ab"'],
    ['text with a blank is not a form', '{"x y":"1"}', 'x y=1'],
    ['a form has no blank in a value', '{"a":"1 2"}', 'a=1 2'],
    ['a form has no bad escape', '{"a":"%zz"}', 'a=%zz'],
    ['JSON has no byte order mark between its members', '{"a":1}', '{"a":\ufeff1}'],
    ['the text "null" has no other spelling', '{}\n', 'null'],
    ['text with quotes is not JSON', '"', 'he said "\\q"'],
  ])('%s', (_, signed, arrived) => {
    expect(explainedSpelling(arrived, signed)).toBeUndefined();
  });

  it('in unlikely spellings of a large body', () => {
    const spellings = (length: number) => {
      const text = 'x'.repeat(length);
      const [arrived, likely, unlikely] = [`{"a":"${text}"}`, `{"a": "${text}"}`, `{ "a": "${text}" }`];
      return [explainedSpelling(arrived, likely), explainedSpelling(arrived, unlikely)];
    };
    const [likely, unlikely] = ['with ", " and ": "', 'with blanks inside the braces'];
    expect(spellings(1000)).toEqual([likely, unlikely]);
    expect(spellings(60_000)).toEqual([likely, undefined]);
  });
});

describe('PAYLOAD_NOT_DECLARED', () => {
  const code = (headers: [string, string][], body: string, others: Partial<Received> = {}) =>
    explainedKind(signedAs({ ...post('{}', headers), ...others }, { body }));
  const unsigned = { signedHeaders: [] };

  it('is proved by the unsigned X-Sdk-Content-Sha256, as it is and hashed', () => {
    for (const text of ['junk', hash('junk')]) {
      expect(code([['X-Sdk-Content-Sha256', 'junk']], text, unsigned)).toBe('PAYLOAD_NOT_DECLARED');
    }
  });

  it('is not proved by a second X-Sdk-Content-Sha256', () => {
    const lines: [string, string][] = ['junk', 'second'].map((value) => ['X-Sdk-Content-Sha256', value]);
    expect(code(lines, 'second', unsigned)).toBeUndefined();
  });

  it('is not named where the signed X-Sdk-Content-Sha256 declares the payload', () => {
    expect(code([['X-Sdk-Content-Sha256', hash('{}')]], 'UNSIGNED-PAYLOAD')).toBeUndefined();
  });
});
