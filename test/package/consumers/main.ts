import 'reflect-metadata';
import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { Controller, Get, Module, Post } from '@nestjs/common';
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

  @Post(':id')
  greet(@VerifiedSignature() caller: VerifiedRequest) {
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

interface Call {
  method: string;
  target: string;
  headers?: [string, string][];
  body?: string;
}

const JSON_BODY: [string, string] = ['content-type', 'application/json'];
const GET: Call = { method: 'GET', target: '/7?a=1' };
const POST: Call = { method: 'POST', target: '/7', headers: [JSON_BODY], body: '{"a":1}' };
const HASHED: Call = {
  ...POST,
  headers: [JSON_BODY, ['x-sdk-content-sha256', createHash('sha256').update('{"a":1}').digest('hex')]],
};
const LONG: Call = { ...POST, headers: [['content-type', 'text/plain']], body: 'x'.repeat(60_000) };

async function verify(adapter: AbstractHttpAdapter) {
  const app = await NestFactory.create(AppModule, adapter, { logger: ['warn', 'error'] });
  await app.listen(0, '127.0.0.1');
  const { host, origin } = new URL(await app.getUrl());
  const send = async ({ method, target, body }: Call, headers: [string, string][] = []) => {
    const reply = await fetch(origin + target, { method, headers, ...(body && { body }) });
    const text = await reply.text();
    return [reply.status, reply.ok ? text : (JSON.parse(text) as { code: string }).code];
  };
  const sign = ({ method, target, headers = [], body }: Call) =>
    signRequest(
      { method, target, headers: [['host', host], ...headers], body: Buffer.from(body ?? '') },
      { key: KEY, secret: SECRET },
    ).headers;
  try {
    assert.deepEqual(await send(GET), [401, 'AUTHORIZATION_MISSING']);
    for (const [call, altered, code] of [
      [GET, { target: '/7?a=2' }, 'SIGNATURE_MISMATCH'],
      [POST, { body: '{"a":2}' }, 'SIGNATURE_MISMATCH'],
      [HASHED, { body: '{"a":2}' }, 'BODY_HASH_MISMATCH'],
      [LONG, { body: 'x'.repeat(59_999) + 'y' }, 'SIGNATURE_MISMATCH'],
    ] as const) {
      const headers = sign(call);
      assert.deepEqual(await send(call, headers), [call.method === 'GET' ? 200 : 201, `Hello ${KEY}!`]);
      assert.deepEqual(await send({ ...call, ...altered }, headers), [401, code]);
    }
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
