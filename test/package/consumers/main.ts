import 'reflect-metadata';
import { strict as assert } from 'node:assert';
import { Controller, Get, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  ApigSignatureModule,
  RequireApigSignature,
  VerifiedSignature,
  type VerifiedRequest,
} from 'nestjs-apig-signature';
import { signRequest } from 'nestjs-apig-signature/core';

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

@Module({ imports: [ConfigModule.forRoot(), ApigSignatureModule.forRoot()], controllers: [HelloController] })
class AppModule {}

/** Starts the application on an adapter, calls it with a signature and without one, and stops it. */
export async function check(adapterName: string | undefined) {
  const adapter = adapterName === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
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
  } finally {
    await app.close();
  }
}

// Jest calls it itself.
if (!process.env.JEST_WORKER_ID) void check(process.env.ADAPTER);
