import 'reflect-metadata';
import { strict as assert } from 'node:assert';
import { Controller, Get, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  ApigSignatureModule,
  RequireApigSignature,
  VerifiedSignature,
  type VerifiedRequest,
} from 'nestjs-apig-signature';
import { signRequest } from 'nestjs-apig-signature/core';
import { SignerPageModule } from 'nestjs-apig-signature/signer-page';
import { overrideSignature, TestGateway } from 'nestjs-apig-signature/testing';

const KEY = 'signature_key1';
const SECRET = 'signature_secret1';
process.env.APIG_SIGNATURE_KEYS = JSON.stringify({ [KEY]: SECRET });

@RequireApigSignature()
@Controller()
class HelloController {
  @Get(':id')
  hello(@VerifiedSignature() caller: VerifiedRequest) {
    return `Hello ${caller.key}!`;
  }
}

@Module({
  imports: [ConfigModule.forRoot(), ApigSignatureModule.forRoot(), SignerPageModule],
  controllers: [HelloController],
})
class AppModule {}

/** Starts the application on an adapter, calls it as the gateway does, as others do, and as its own tests do. */
export async function check(adapterName: string | undefined) {
  const newAdapter = () => (adapterName === 'fastify' ? new FastifyAdapter() : new ExpressAdapter());
  await verify(newAdapter());
  await test(newAdapter);
}

async function verify(adapter: AbstractHttpAdapter) {
  const app = await NestFactory.create(AppModule, adapter, { logger: ['warn', 'error'] });
  await app.listen(0, '127.0.0.1');
  try {
    const { host, origin } = new URL(await app.getUrl());
    const { headers } = signRequest(
      { method: 'GET', target: '/7?a=1', headers: [['host', host]] },
      { key: KEY, secret: SECRET },
    );
    const signed = await fetch(`${origin}/7?a=1`, { headers });
    assert.deepEqual([signed.status, await signed.text()], [200, `Hello ${KEY}!`]);

    const unsigned = await fetch(`${origin}/7?a=1`);
    const { code } = (await unsigned.json()) as { code: string };
    assert.deepEqual([unsigned.status, code], [401, 'AUTHORIZATION_MISSING']);

    for (const [path, text] of [
      ['/signer', '<!doctype html>'],
      ['/signer/signer.js', "from './signing.js'"],
      ['/signer/canonical-request.js', 'export function canonicalRequest('],
    ] as const) {
      const reply = await fetch(origin + path);
      assert.equal(reply.status, 200, path);
      assert.ok((await reply.text()).includes(text), path);
    }
  } finally {
    await app.close();
  }
}

async function test(newAdapter: () => AbstractHttpAdapter) {
  const builder = () => Test.createTestingModule({ imports: [AppModule] });
  const gateway = new TestGateway();
  const signed = gateway.sign({ method: 'GET', url: '/7?a=1' });
  for (const [testing, request, key] of [
    [gateway.trustedBy(builder()), signed, 'test_key'],
    [overrideSignature(builder(), { key: 'anybody' }), { url: '/7', headers: {} }, 'anybody'],
  ] as const) {
    const app = (await testing.compile()).createNestApplication(newAdapter(), { logger: ['warn', 'error'] });
    await app.listen(0, '127.0.0.1');
    try {
      const reply = await fetch((await app.getUrl()) + request.url, { headers: request.headers });
      assert.deepEqual([reply.status, await reply.text()], [200, `Hello ${key}!`]);
    } finally {
      await app.close();
    }
  }
}

// Jest calls it itself.
if (!process.env.JEST_WORKER_ID) void check(process.env.ADAPTER);
