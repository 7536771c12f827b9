import { describe, expect, it } from 'vitest';
import { formatAuthorization, parseAuthorization } from '../../../src/core/index.js';

const form = (key: string, names: string, signature: string) =>
  `SDK-HMAC-SHA256 Access=${key}, SignedHeaders=${names}, Signature=${signature}`;

describe('parseAuthorization', () => {
  it.each([
    ['as documented', form('k', 'host;x-sdk-date', 'ab0')],
    ['written tightly', 'SDK-HMAC-SHA256 Access=k,SignedHeaders=host;x-sdk-date,Signature=ab0'],
    ['with other blanks', 'SDK-HMAC-SHA256 \t  Access=k,\tSignedHeaders=host;x-sdk-date,\tSignature=ab0'],
    ['with names in upper case', form('k', 'HOST;X-Sdk-Date', 'ab0')],
    ['with names not sorted', form('k', 'x-sdk-date;host', 'ab0')],
  ])('reads a header %s', (_, value) => {
    expect(parseAuthorization(value)).toEqual({ key: 'k', signedHeaders: ['host', 'x-sdk-date'], signature: 'ab0' });
  });

  it.each(['a b', '__proto__', 'Access=', '=', ';', '"k"', 'caf\xe9'])('reads the key %j', (key) => {
    expect(parseAuthorization(form(key, 'a', '_'))).toEqual({ key, signedHeaders: ['a'], signature: '_' });
  });

  const good = form('k', 'host', 'ab0');
  it.each([
    ['nothing', ''],
    ['something before', ' ' + good],
    ['something more before', 'x\n' + good],
    ['a blank behind', good + ' '],
    ['a line break behind', good + '\n'],
    ['something behind', good + ', more'],
    ['itself twice', `${good}, ${good}`],
    ['another scheme', good.replace('SDK', 'AWS4')],
    ['a longer scheme', good.replace('256', '2567')],
    ['another case', good.toLowerCase()],
    ['the scheme alone', 'SDK-HMAC-SHA256'],
    ['no blank after the scheme', good.replace(' Access', 'Access')],
    ['a comma after the scheme', good.replace(' Access', ', Access')],
    ['no comma', good.replaceAll(',', '')],
    ['two blanks after a comma', good.replace(', Sig', ',  Sig')],
    ['another order', 'SDK-HMAC-SHA256 SignedHeaders=host, Access=k, Signature=ab0'],
    ['no key', form('', 'host', 'ab0')],
    ['no names', form('k', '', 'ab0')],
    ['no signature', form('k', 'host', '')],
    ['a comma in the key', form('k,k', 'host', 'ab0')],
    ['a comma between names', form('k', 'host,x-sdk-date', 'ab0')],
    ['a signature with a dash', form('k', 'host', 'ab-0')],
    ['a signature beyond ASCII', form('k', 'host', 'ab\xe9')],
    ['a name missing in front', form('k', ';host', 'ab0')],
    ['a name missing between', form('k', 'a;;host', 'ab0')],
    ['a name missing at the end', form('k', 'host;', 'ab0')],
    ['a blank in a name', form('k', 'ho st', 'ab0')],
    ['a blank around a name', form('k', 'a; host', 'ab0')],
    ['a colon in a name', form('k', 'host:', 'ab0')],
    ['a line break in a name', form('k', 'host\n', 'ab0')],
    ['a name beyond ASCII', form('k', 'h\xf6st', 'ab0')],
    ['a name that is ASCII in lower case only', form('k', '\u212aey', 'ab0')],
    ['a name twice', form('k', 'host;a;host', 'ab0')],
    ['a name twice, in two cases', form('k', 'host;a;HOST', 'ab0')],
  ])('reads nothing in a header with %s', (_, value) => {
    expect(parseAuthorization(value)).toBeUndefined();
  });
});

it('parseAuthorization reads what formatAuthorization writes', () => {
  const authorization = { key: 'a b', signedHeaders: ['host', 'x-sdk-date'], signature: 'ab0' };
  expect(formatAuthorization(authorization)).toBe(form('a b', 'host;x-sdk-date', 'ab0'));
  expect(parseAuthorization(formatAuthorization(authorization))).toEqual(authorization);
});
