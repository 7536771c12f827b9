import { describe, expect, it } from 'vitest';
import { echoModule } from '../support/echo.controller.js';
import { altered, forward, withHeader } from '../support/gateway.js';
import { send, type RequestToSend } from '../support/http-client.js';
import { platforms, startForTest } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';

const TYPE = 'application/octet-stream';
const withType = (request: RequestToSend) => withHeader(request, 'Content-Type', TYPE);
const post = (...headers: [name: string, value: string][]) =>
  forward({ method: 'POST', target: '/echo', headers, body: 'some bytes' });

const WARNING =
  'warn A signed body came under a Content-Type that is not signed: a proxy on the way can make the handler ' +
  "read it as something else. Set contentTypes, such as ['application/json'], or have the gateway sign it and set " +
  "signedIfPresent: ['content-type', 'content-encoding']. (Said once.) ApigSignature";

describe.each(platforms)('a signed body with an unsigned Content-Type, on $name', (platform) => {
  it.each<[what: string, request: RequestToSend, status: number]>([
    ['a signed Content-Type', post(['Content-Type', TYPE]), 200],
    ['no Content-Type', post(), 200],
    ['no body', withType(forward({ method: 'POST', target: '/echo' })), 200],
    ['a body that is not signed', withType(post(['X-Sdk-Content-Sha256', 'UNSIGNED-PAYLOAD'])), 200],
    ['another body than the signed one', withType(altered(post())), 401],
  ])('causes one warning, and none for %s', async (_, request, status) => {
    const logger = new RecordedLog();
    const { port } = await startForTest(platform, echoModule(), { logger });
    expect(await send(port, request)).toMatchObject({ status });
    expect(logger.troubles).toEqual([]);
    for (let round = 0; round < 2; round++) expect(await send(port, withType(post()))).toMatchObject({ status: 200 });
    expect(logger.troubles).toEqual([WARNING]);
  });
});
