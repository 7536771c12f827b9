import 'reflect-metadata';
import { strict as assert } from 'node:assert';
import { Module, type Provider, type Type } from '@nestjs/common';
import { APP_GUARD, NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApigSignatureModule, SignatureGuard } from 'nestjs-apig-signature';
import { signRequest } from 'nestjs-apig-signature/core';
import { socketIo } from './socket-io.js';
import { ws } from './ws.js';

const { ADAPTER, NEST, TRANSPORT } = process.env;
const KEY = 'signature_key1';
const SECRET = 'a secret of this test';
const transport = TRANSPORT === 'ws' ? ws : socketIo;

/** Starts an application, and gives its warnings and a client. The client's connection is signed for a target, or not. */
async function start(gateway: Type, ...guards: Provider[]) {
  @Module({
    imports: [ApigSignatureModule.forRoot({ keys: { [KEY]: SECRET }, getRequest: transport.getRequest })],
    providers: [gateway, ...guards],
  })
  class AppModule {}
  const warnings: unknown[] = [];
  const warn = (message: unknown) => warnings.push(message);
  const adapter: AbstractHttpAdapter = ADAPTER === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(AppModule, adapter, { logger: { log: () => undefined, warn, error: warn } });
  app.useWebSocketAdapter(new transport.adapter(app));
  await app.listen(0, '127.0.0.1');
  const { host, origin } = new URL(await app.getUrl());
  const talk = (target: string | undefined, ...questions: string[]) => {
    const request = { method: 'GET', target: target!, headers: [['host', host]] as [string, string][] };
    const headers = target === undefined ? [] : signRequest(request, { key: KEY, secret: SECRET }).headers;
    return transport.talk(origin, Object.fromEntries(headers), questions);
  };
  return { app, warnings, talk };
}

async function checkConnections() {
  const { app, warnings, talk } = await start(transport.verifying);
  assert.deepEqual(warnings, []);
  const answers = [KEY, 'KEY_UNKNOWN', KEY, ...transport.left];
  assert.deepEqual(await talk(transport.target, 'ask', 'askAnother', 'ask'), answers);
  assert.deepEqual(await talk('/another', 'ask', 'ask'), transport.refused('SIGNATURE_MISMATCH'));
  assert.deepEqual(await talk(undefined, 'ask', 'ask'), transport.refused('AUTHORIZATION_MISSING'));
  await app.close();
}

async function checkGlobalGuard() {
  const { app, warnings, talk } = await start(transport.open, { provide: APP_GUARD, useExisting: SignatureGuard });
  const [answer, ...rest] = await talk(undefined, 'ask', 'askAnother');
  assert.deepEqual(rest, ['AUTHORIZATION_MISSING', ...transport.left]);
  if (NEST === '11') {
    assert.equal(answer, 'nobody');
    assert.equal(warnings.length, 1);
    assert.match(String(warnings[0]), /no global guard for the messages of a WebSocket gateway: OpenGateway\.ask\. /);
  } else {
    assert.equal(answer, 'AUTHORIZATION_MISSING');
    assert.deepEqual(warnings, []);
  }
  await app.close();
}

process.exitCode = 1; // A check that comes to no end fails, too.
void checkConnections()
  .then(checkGlobalGuard)
  .then(() => (process.exitCode = 0));
