import type { Server } from 'node:http';
import { connect } from 'node:http2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { echoModule } from '../support/echo.controller.js';
import { forward, HOST } from '../support/gateway.js';
import { send, type RequestToSend } from '../support/http-client.js';
import { sendHttp2, type Hosts } from '../support/http2-client.js';
import { fastify, platforms, startForTest, type StartOptions } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';
import { unauthorized } from '../support/refused-replies.js';

const AMBIGUOUS = unauthorized('TARGET_AMBIGUOUS');
const request = forward({ target: '/echo' });

async function startWith(platform: (typeof platforms)[number], options: StartOptions = {}) {
  const logger = new RecordedLog();
  const running = await startForTest(platform, echoModule({ logRefusals: true }), { logger, ...options });
  return { ...running, logger };
}

describe('over HTTP/2, the log says why a request can be read in two ways:', () => {
  it.each<[reason: string, sent: RequestToSend, hosts: Hosts]>([
    ['two hosts', request, { ':authority': HOST, host: 'other' }],
    ['odd bytes in the target', forward({ target: '/echo?café' }), { ':authority': HOST }],
  ])('%s', async (reason, sent, hosts) => {
    const { port, logger } = await startWith(fastify, { adapter: fastify.adapter({ http2: true }) });
    const session = connect(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    expect(await sendHttp2(session, sent, hosts)).toMatchObject(AMBIGUOUS);
    expect(logger.troubles).toEqual([expect.stringContaining(`, reason: ${reason}, key`)]);
  });
});

describe.each(platforms)('on $name, the log says why a request can be read in two ways:', (platform) => {
  it('header lines hidden by Node', async () => {
    const { app, port, logger } = await startWith(platform);
    const lines = request.headers.length + 1; // Connection
    const server = app.getHttpServer() as Server;
    server.maxHeadersCount = lines + 1;
    expect(await send(port, request)).toMatchObject({ status: 200 });
    server.maxHeadersCount = lines;
    expect(await send(port, request)).toMatchObject(AMBIGUOUS);
    expect(logger.troubles).toEqual([expect.stringContaining(', reason: header lines hidden by Node, key')]);
  });

  it('method overridden', async () => {
    const override = (overridden: { method: string }, _response: unknown, next: () => void) => {
      overridden.method = 'OPTIONS';
      next();
    };
    const prepare: StartOptions['prepare'] = (app) => app.use(override);
    const { port, logger } = await startWith(platform, { prepare });
    const sent = forward({ target: '/echo', headers: [['X-Any', 'all methods']] });
    expect(await send(port, sent)).toMatchObject(AMBIGUOUS);
    expect(logger.troubles).toEqual([expect.stringContaining(', reason: method overridden, key')]);
  });
});
