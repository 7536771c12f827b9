import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { signRequest } from 'nestjs-apig-signature/core';
import { TestGateway, type TestRequest } from 'nestjs-apig-signature/testing';
import request from 'supertest';
import { HelloModule } from '../src/hello.module.js';

const GREETING: TestRequest = {
  method: 'POST',
  url: '/hello',
  headers: { 'Content-Type': 'application/json' },
  body: '{"greeting":"hi"}',
};

describe('the starter behind a gateway', () => {
  const gateway = new TestGateway();
  let app: INestApplication<Server>;

  const start = async (testing = Test.createTestingModule({ imports: [HelloModule] })) => {
    app = (await testing.compile()).createNestApplication();
    await app.init();
  };
  afterEach(() => app.close());

  it('answers a request that is signed with the key of .env', async () => {
    await start();
    const { headers } = signRequest(
      { method: 'GET', target: '/hello?a=1', headers: [] },
      { key: 'signature_key1', secret: 'signature_secret1' },
    );
    await request(app.getHttpServer())
      .get('/hello?a=1')
      .set(Object.fromEntries(headers))
      .expect(200, 'Hello signature_key1!');
  });

  it('answers a signed POST, and refuses it with another body', async () => {
    await start(gateway.trustedBy(Test.createTestingModule({ imports: [HelloModule] })));
    const { url, headers, body } = gateway.sign(GREETING);
    await request(app.getHttpServer()).post(url).set(headers).send(body).expect(201, 'Greeted.');
    const altered = await request(app.getHttpServer()).post(url).set(headers).send('{"greeting":"ho"}').expect(401);
    expect(altered.body).toMatchObject({ code: 'SIGNATURE_MISMATCH' });
  });

  it('refuses a request without a signature', async () => {
    await start();
    const refused = await request(app.getHttpServer()).get('/hello').expect(401);
    expect(refused.body).toMatchObject({ code: 'AUTHORIZATION_MISSING' });
  });
});
