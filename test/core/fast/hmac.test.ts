import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Hmac, hmacsOf } from '../../../src/core/fast/hmac.js';

/** One character for each byte. */
const wireText = (length: { minLength?: number; maxLength: number }) =>
  fc.uint8Array(length).map((bytes) => Buffer.from(bytes).toString('latin1'));

const char = fc.constantFrom('s', '\0', '\xe9', '\u20ac', '\ud83d\ude00', '\ud83d');
/** Those of a string to sign are 97 characters long, and have a buffer of their own. */
const text = fc.oneof(wireText({ minLength: 97, maxLength: 97 }), wireText({ maxLength: 300 }));

it.each(Array.from({ length: 200 }, (_, length) => length))(
  'agrees with createHmac for a key of length %d',
  (length) => {
    const property = fc.property(char, fc.array(text, { minLength: 3, maxLength: 3 }), (char, texts) => {
      const secret = char.repeat(length);
      const hmac = new Hmac(secret);
      const expected = texts.map((each) => createHmac('sha256', secret).update(each, 'latin1').digest('hex'));
      expect(texts.map((each) => hmac.hex(each))).toEqual(expected);
    });
    fc.assert(property, { numRuns: 20 });
  },
);

it('is made once for a list of secrets, and for each list', () => {
  const secrets = ['a', 'b'];
  expect(hmacsOf(secrets)).toBe(hmacsOf(secrets));
  expect(hmacsOf([...secrets])).not.toBe(hmacsOf(secrets));
  expect(hmacsOf(secrets).map((hmac) => hmac.hex('text'))).toEqual(
    secrets.map((secret) => createHmac('sha256', secret).update('text').digest('hex')),
  );
});
