import { describe, expect, it } from 'vitest';
import { refused } from '../../support/refusals.js';
import { signed, verdictOn } from '../../support/signed-request.js';

/** What a verifier says of a request that was signed for one target and came with another. */
const came = (target: string, signedFor: string, pathPrefix: string | undefined) =>
  verdictOn({ ...signed({ target: signedFor }), target }, { pathPrefix });

describe('pathPrefix', () => {
  it.each([
    ['/hello?a=1', '/api/hello?a=1', '/api'],
    ['/', '/api/', '/api'],
    ['/', '/api', '/api'],
    ['/?a=1', '/api?a=1', '/api'],
    ['/a%40b/', '/api/v1/a%40b', '/api/v1'],
    ['//a', '/api//a', '/api'],
    ['/api/hello', '/api/api/hello', '/api'],
    ['/a', '/~a-b_c.d/...e/a', '/~a-b_c.d/...e'],
  ])('accepts %s that was signed as %s', (target, signedFor, prefix) => {
    expect(came(target, signedFor, prefix)).toMatchObject({ ok: true });
    expect(came(target, signedFor, undefined)).toEqual(refused('SIGNATURE_MISMATCH'));
  });

  it.each([
    ['without the prefix', '/hello', '/hello'],
    ['with the prefix still on it', '/api/hello', '/api/hello'],
    ['with the prefix twice', '/hello', '/api/api/hello'],
    ['with another prefix', '/hello', '/apis/hello'],
    ['with the prefix in other letters', '/hello', '/API/hello'],
    ['with the prefix behind the path', '/hello', '/hello/api'],
  ])('refuses a path that was signed %s', (_, target, signedFor) => {
    expect(came(target, signedFor, '/api')).toEqual(refused('SIGNATURE_MISMATCH'));
  });

  it.each(['hello', '*', 'http://example.com/hello', '?a=1', '', '/%6dello', '/a%2Fb', '/hello?=v', '/a#b'])(
    'refuses the target %s as ambiguous',
    (target) => {
      expect(came(target, '/api/hello', '/api')).toEqual(refused('TARGET_AMBIGUOUS'));
    },
  );
});
