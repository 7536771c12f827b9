import { expect, it } from 'vitest';
import { explainMismatch } from '../../../src/core/index.js';
import { KEY, SECRET, signed, verdictOn, withHeader } from '../../support/signed-request.js';

const TAIL = 'Access=a, SignedHeaders=host;x-sdk-date, Signature=b';

it.each([
  ['Basic', 'Basic dXNlcjpoaWRkZW4='],
  ['Basic', 'basic dXNlcjpoaWRkZW4='],
  ['SDK-HMAC-SM3', `SDK-HMAC-SM3 ${TAIL}`],
  ['V11-HMAC-SHA256', 'V11-HMAC-SHA256 Credential=a/20260115/eu/apigw/v11_request, SignedHeaders=host, Signature=b'],
  ['SDK-ECDSA-P256-SHA256', `SDK-ECDSA-P256-SHA256 ${TAIL}`],
  ['SDK-SM2-SM3', `SDK-SM2-SM3 ${TAIL}`],
  ...['Basic', 'SDK-HMAC-SM3', 'V11-HMAC-SHA256', 'SDK-ECDSA-P256-SHA256', 'SDK-SM2-SM3'].map((name) => [name, name]),
  ['Credential=.../sdk_request', 'SDK-HMAC-SHA256  Credential=a/20260115/sdk_request, SignedHeaders=host, Signature=b'],
  ['Credential=.../sdk_request', 'SDK-HMAC-SHA256 Credential=a/20260115/sdk_request, SignedHeaders=host, Signature=b'],
])('the reason names %s, and the type that the signature key must have', (name, authorization) => {
  const request = withHeader(signed(), 'Authorization', authorization);
  const reason = expect.stringMatching(/^\S.*; the signature key must be of type hmac$/) as string;
  expect(verdictOn(request)).toEqual({
    ok: false,
    refusal: { code: 'AUTHORIZATION_MALFORMED', message: 'Authorization format incorrect.', status: 401, reason },
  });
  const { text } = explainMismatch(request, { keys: { [KEY]: SECRET } });
  expect(text).toContain(name);
  expect(text).toMatch(/^AUTHORIZATION_MALFORMED: .* the signature key must be of type hmac\.$/);
  expect(text).not.toContain('dXNlcjpoaWRkZW4');
});

it.each([
  ...['Bearer abc', 'Basically', 'SDK-HMAC-SHA256', 'SDK-HMAC-SM34 a', ` ${TAIL}`],
  ...['Basic a', 'SDK-HMAC-SM3 a', 'V11-HMAC-SHA256 a', 'SDK-ECDSA-P256-SHA256 a', 'SDK-SM2-SM3 a'].map(
    (line) => `x${line}`,
  ),
  'xSDK-HMAC-SHA256 Credential=a',
])('there is no reason for %j', (line) => {
  expect(verdictOn(withHeader(signed(), 'Authorization', line))).toEqual({
    ok: false,
    refusal: { code: 'AUTHORIZATION_MALFORMED', message: 'Authorization format incorrect.', status: 401 },
  });
});
