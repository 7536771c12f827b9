import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { FastifyInstance } from 'fastify';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accepted, echoModule, parsed, streamed, type Echo } from '../support/echo.controller.js';
import { altered, forward } from '../support/gateway.js';
import type { HeaderLines, RequestToSend } from '../support/http-client.js';
import { platforms } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

const BODY = '{"name":"value"}';

describe.each(platforms)('$name, an application of Test.createTestingModule() under supertest', (platform) => {
  let app: INestApplication;

  beforeAll(async () => {
    const testing = await Test.createTestingModule({ imports: [echoModule()] }).compile();
    app = testing.createNestApplication(platform.adapter(), { logger: false });
    // No listen(): supertest does that with the server.
    await app.init();
    if (platform.name === 'fastify') await (app.getHttpAdapter().getInstance() as FastifyInstance).ready();
  });
  afterAll(() => app.close());

  async function reply({ method, headers, target, body }: RequestToSend) {
    const client = supertest(app.getHttpServer() as Server);
    const call = (method === 'GET' ? client.get(target) : client.post(target)).set(Object.fromEntries(headers));
    // As text: a Buffer that is JSON by its type would be sent as JSON of a Buffer.
    const { status, text, headers: replied } = await (body ? call.send(Buffer.from(body as Buffer).toString()) : call);
    return { status, text, headers: replied as Record<string, string> };
  }

  it.each<[string, HeaderLines, string | undefined, Echo]>([
    ['no body', [], undefined, streamed('')],
    ['JSON', [['Content-Type', 'application/json']], BODY, parsed({ name: 'value' })],
    ['bytes', [['Content-Type', 'application/octet-stream']], BODY, streamed(BODY)],
  ])('%s', async (_, headers, body, echo) => {
    const request = forward({ method: body ? 'POST' : 'GET', target: '/echo?a=1', headers, body });
    expect(await reply(request)).toMatchObject(accepted(echo));
    const forged = body ? altered(request, 10) : { ...request, target: '/echo?a=2' };
    expect(await reply(forged)).toMatchObject(unauthorized('SIGNATURE_MISMATCH'));
  });
});
