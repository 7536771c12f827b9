import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { overrideSignature, TestGateway } from 'nestjs-apig-signature/testing';
import supertest from 'supertest';
import { AppModule } from './app.module.js';

describe('the application behind a gateway', () => {
  const gateway = new TestGateway(); // a key and a secret of its own, and a clock that stands still
  let app: INestApplication<Server>;

  beforeAll(async () => {
    const testing = await gateway.trustedBy(Test.createTestingModule({ imports: [AppModule] })).compile();
    app = await testing.createNestApplication<INestApplication<Server>>().init();
  });
  afterAll(() => app.close());

  const HELLO = {
    method: 'POST',
    url: '/hello?name=value',
    headers: { 'Content-Type': 'application/json' },
    body: '{"greeting":"hi"}',
  } as const;

  it('answers a signed request', async () => {
    const { url, headers, body } = gateway.sign(HELLO);
    await supertest(app.getHttpServer()).post(url).set(headers).send(body).expect(200, 'Hello World!');
  });

  it('refuses a signed request that is too old', async () => {
    const { url, headers, body } = gateway.sign(HELLO, { date: Date.UTC(2025, 11, 31) });
    const reply = await supertest(app.getHttpServer()).post(url).set(headers).send(body).expect(401);
    expect(reply.body).toMatchObject({ code: 'SIGNATURE_EXPIRED', message: 'Signature expired.' });
  });
});

describe('a handler, with verification off', () => {
  it('gets the caller that the test sets', async () => {
    const builder = Test.createTestingModule({ imports: [AppModule] });
    const testing = await overrideSignature(builder, { key: 'signature_key1' }).compile();
    const app = await testing.createNestApplication<INestApplication<Server>>().init();
    const upload = supertest(app.getHttpServer()).post('/upload').attach('file', Buffer.from('bytes'), 'a.bin');
    const reply = await upload.expect(201);
    expect(reply.body).toMatchObject({ name: 'a.bin', bytes: 5, key: 'signature_key1', bodyVerified: true });
    await app.close();
  });
});
