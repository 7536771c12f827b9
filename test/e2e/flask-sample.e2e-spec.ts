import { createHash } from 'node:crypto';
import { All, Controller, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ApigSignatureModule, RequireApigSignature } from 'nestjs-apig-signature';
import type { SignOptions } from 'nestjs-apig-signature/core';
import { TestGateway, type TestRequest } from 'nestjs-apig-signature/testing';
import { adapterNames, send, start, type RequestToSend, type TestApplication } from './start.js';

/** The backend of the Flask sample, and a route beside it that is stricter than the sample can be. */
@RequireApigSignature()
@Controller()
class HelloController {
  @RequireApigSignature({ replayProtection: true, unsignedPayload: 'refuse' })
  @All('orders/:id')
  order() {
    return 'Ordered.';
  }

  @All(':id')
  hello() {
    return 'Hello World!';
  }
}

@Module({ imports: [ApigSignatureModule.forRoot()], controllers: [HelloController] })
class AppModule {}

const NOW = Date.UTC(2026, 0, 15, 9, 30, 45);

const withHeader = (request: TestRequest, name: string, value: string): TestRequest => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});

const GET: TestRequest = { method: 'GET', url: '/42?b=2&a=1', headers: { Host: 'backend.example.com' } };
const JSON_BODY = '{"n":1}';
const POST = withHeader({ ...GET, method: 'POST', body: JSON_BODY }, 'Content-Type', 'application/json');
const TENANT = withHeader(GET, 'X-Tenant', 'a');
const HASHED = withHeader(POST, 'X-Sdk-Content-Sha256', createHash('sha256').update(JSON_BODY).digest('hex'));
const UNSIGNED = withHeader({ ...POST, url: '/orders/1' }, 'X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD');
const LATIN1 = { 'Content-Type': 'text/plain; charset=latin1' };

/** As documented, to the letter. */
const MESSAGES = {
  AUTHORIZATION_MISSING: 'Authorization not found.',
  AUTHORIZATION_MALFORMED: 'Authorization format incorrect.',
  KEY_UNKNOWN: 'Signing key not found.',
  SIGNED_HEADER_MISSING: 'Signed header x-sdk-date not found',
  SIGNED_HEADER_REPEATED: 'Signed header x-tenant came more than once.',
  HEADER_NOT_SIGNED: 'Header content-type must be signed.',
  DATE_MISSING: 'Header x-sdk-date not found.',
  DATE_MALFORMED: 'Header x-sdk-date must be a date of the form YYYYMMDDTHHMMSSZ.',
  SIGNATURE_EXPIRED: 'Signature expired.',
  TARGET_AMBIGUOUS: 'Request target can be read in more than one way.',
  SIGNATURE_MISMATCH: 'Verify authroization failed.',
  BODY_HASH_MISMATCH: 'Header x-sdk-content-sha256 is not the hash of the body.',
  UNSIGNED_PAYLOAD: 'The body must be signed.',
};

/** The documentation's own example: the host and the date are signed, and nothing more. */
const DOCUMENTED = { signedHeaders: ['host', 'x-sdk-date'] };
const ALL = { signedHeaders: undefined };

describe.each(adapterNames)('the backend of the Flask sample, on %s', (adapter) => {
  const gateway = new TestGateway({ now: NOW });
  let app: TestApplication;

  beforeAll(async () => {
    const testing = await gateway.trustedBy(Test.createTestingModule({ imports: [AppModule] })).compile();
    app = await start(testing, adapter);
  });
  afterAll(() => app.close());

  const sign = (request: TestRequest, options: Partial<SignOptions> = {}) =>
    gateway.sign(request, { ...DOCUMENTED, ...options }) as RequestToSend;

  const withHeaders = (request: RequestToSend, headers: RequestToSend['headers']): RequestToSend => ({
    ...request,
    headers: { ...request.headers, ...headers },
  });
  const without = (request: RequestToSend, name: string): RequestToSend => ({
    ...request,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([each]) => each !== name)),
  });
  const dated = (date: string) => withHeaders(sign(GET), { 'X-Sdk-Date': date });

  it.each(['GET', 'POST', 'PUT', 'DELETE'])('answers a signed %s', async (method) => {
    await send(app, sign({ ...(method === 'GET' ? GET : POST), method })).expect(200, 'Hello World!');
  });

  it('answers for any order of the query', async () => {
    await send(app, { ...sign(GET), url: '/42?a=1&b=2' }).expect(200, 'Hello World!');
  });

  it.each([-900, 900])('answers a request that was signed %d s from its clock', async (seconds) => {
    await send(app, sign(GET, { date: NOW + seconds * 1000 })).expect(200, 'Hello World!');
  });

  it.each<[code: keyof typeof MESSAGES, what: string, request: () => RequestToSend]>([
    ['AUTHORIZATION_MISSING', 'no Authorization', () => without(sign(GET), 'Authorization')],
    ['AUTHORIZATION_MALFORMED', 'another scheme', () => withHeaders(sign(GET), { Authorization: 'Bearer token' })],
    ['KEY_UNKNOWN', 'an unknown key', () => sign(GET, { key: 'nobody' })],
    ['SIGNED_HEADER_MISSING', 'no date', () => without(sign(GET), 'X-Sdk-Date')],
    ['SIGNED_HEADER_REPEATED', 'a second tenant', () => withHeaders(sign(TENANT, ALL), { 'X-Tenant': ['a', 'b'] })],
    ['HEADER_NOT_SIGNED', 'an unsigned charset', () => withHeaders(sign(POST), LATIN1)],
    ['DATE_MISSING', 'an unsigned date', () => sign(GET, { signedHeaders: ['host'] })],
    ['DATE_MALFORMED', 'a day that is not in the calendar', () => dated('20260230T093045Z')],
    ['SIGNATURE_EXPIRED', 'an old date', () => sign(GET, { date: NOW - 901_000 })],
    ['SIGNATURE_EXPIRED', 'a date in the future', () => sign(GET, { date: NOW + 901_000 })],
    ['TARGET_AMBIGUOUS', 'an encoded slash', () => sign({ ...GET, url: '/4%2F2' })],
    ['SIGNATURE_MISMATCH', 'another path', () => ({ ...sign(GET), url: '/43?b=2&a=1' })],
    ['SIGNATURE_MISMATCH', 'another query', () => ({ ...sign(GET), url: '/42?b=2&a=2' })],
    ['SIGNATURE_MISMATCH', 'another method', () => ({ ...sign(POST), method: 'PUT' })],
    ['SIGNATURE_MISMATCH', 'another body', () => ({ ...sign(POST), body: '{"n":2}' })],
    ['SIGNATURE_MISMATCH', 'another host', () => withHeaders(sign(GET), { Host: 'other.example.com' })],
    ['SIGNATURE_MISMATCH', 'another tenant', () => withHeaders(sign(TENANT, ALL), { 'X-Tenant': 'b' })],
    ['SIGNATURE_MISMATCH', 'another date', () => dated('20260115T093046Z')],
    ['SIGNATURE_MISMATCH', 'another secret', () => sign(GET, { secret: 'not the secret' })],
    [
      'BODY_HASH_MISMATCH',
      'another body than the one with the signed hash',
      () => ({ ...sign(HASHED, ALL), body: '{"n":2}' }),
    ],
    ['UNSIGNED_PAYLOAD', 'an unsigned body where it must be signed', () => sign(UNSIGNED, ALL)],
  ])('refuses with %s: %s', async (code, _, request) => {
    const reply = await send(app, request()).expect(401).expect('WWW-Authenticate', 'SDK-HMAC-SHA256');
    expect(reply.body).toEqual({ statusCode: 401, error: 'Unauthorized', message: MESSAGES[code], code });
  });

  it('refuses with REPLAYED: a repeated write', async () => {
    const order = sign({ ...POST, url: '/orders/7' });
    await send(app, order).expect(200, 'Ordered.');
    const reply = await send(app, order).expect(401);
    expect(reply.body).toMatchObject({ code: 'REPLAYED', message: 'Signature was seen before.' });
  });
});
