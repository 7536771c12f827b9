import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { All, Controller, Module, Next, Req, Res } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApigSignatureModule, RequireApigSignature } from '../../src/index.js';
import { altered, forward, HOST, KEYS } from '../support/gateway.js';
import { send, type RequestToSend } from '../support/http-client.js';
import { express, startForTest } from '../support/platforms.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A service that answers with what came to it. */
async function startService(): Promise<string> {
  const server = createServer((request: IncomingMessage, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method, url } = request;
      response.end(JSON.stringify({ method, url, sha256: sha256(Buffer.concat(parts)) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The recipe of docs/guide/deployment.md. */
async function startProxy(): Promise<number> {
  const target = await startService();

  @RequireApigSignature()
  @Controller('orders')
  class OrdersProxy {
    private readonly proxy = createProxyMiddleware<Request, Response>({ target });

    @All(['', '*path'])
    forward(@Req() request: Request, @Res() response: Response, @Next() next: NextFunction) {
      return this.proxy(request, response, next);
    }
  }

  @Module({ imports: [ApigSignatureModule.forRoot({ keys: KEYS })], controllers: [OrdersProxy] })
  class AppModule {}
  const { port } = await startForTest(express, AppModule, { bodyParser: false });
  return port;
}

const post = (type: string, body: Uint8Array) =>
  forward({ method: 'POST', target: '/orders/1?a=%C3%A9', headers: [['Content-Type', type]], body });

describe('http-proxy-middleware in a guarded handler, without body parsers', () => {
  it.each<[what: string, request: RequestToSend]>([
    ['JSON', post('application/json', Buffer.from('{"item": "tea"}'))],
    ['a form', post('application/x-www-form-urlencoded', Buffer.from('a=1&b=2'))],
    ['2 MB of octets', post('application/octet-stream', Buffer.alloc(2 ** 21, 'octets'))],
    ['no body', forward({ target: '/orders?a=1' })],
  ])('passes on %s as the gateway signed it', async (_, request) => {
    const port = await startProxy();
    const { method, target, body = new Uint8Array() } = request;
    const passed = { method, url: target, sha256: sha256(body as Uint8Array) };
    expect(JSON.parse((await send(port, request)).text)).toEqual(passed);
  });

  it.each<[code: string, request: RequestToSend]>([
    ['SIGNATURE_MISMATCH', altered(post('application/json', Buffer.from('{"item": "tea"}')), 3)],
    ['AUTHORIZATION_MISSING', { ...forward({ target: '/orders' }), headers: [['Host', HOST]] }],
  ])('does not pass on a request that is refused with %s', async (code, request) => {
    const reply = await send(await startProxy(), request);
    expect([reply.status, JSON.parse(reply.text)]).toMatchObject([401, { code }]);
  });
});
