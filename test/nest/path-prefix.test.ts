import { describe, expect, it } from 'vitest';
import { HOST, KEY, KEYS, forward, withHeader } from '../support/gateway.js';
import { catchAll } from '../support/catch-all.js';
import { send } from '../support/http-client.js';
import { platforms, startForTest } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';
import { unauthorized } from '../support/refused-replies.js';

describe.each(platforms)('pathPrefix, on $name', (platform) => {
  const startWith = async (pathPrefix: string, logger = new RecordedLog()) => {
    const module = catchAll({ keys: KEYS, pathPrefix, explain: true });
    return { ...(await startForTest(platform, module, { logger })), logger };
  };
  const passed = { status: 200, text: JSON.stringify({ key: KEY, bodyVerified: true }) };

  it('accepts only requests that were signed with the prefix and came without it', async () => {
    const { port } = await startWith('/api');
    const signed = forward({ method: 'POST', target: '/api/orders?a=1', body: 'b' });
    expect(await send(port, { ...signed, target: '/orders?a=1' })).toMatchObject(passed);
    const mismatch = unauthorized('SIGNATURE_MISMATCH');
    expect(await send(port, signed)).toMatchObject(mismatch);
    expect(await send(port, forward({ method: 'POST', target: '/orders?a=1', body: 'b' }))).toMatchObject(mismatch);
    const twice = forward({ method: 'POST', target: '/api/api/orders?a=1', body: 'b' });
    expect(await send(port, { ...twice, target: '/orders?a=1' })).toMatchObject(mismatch);
  });

  it('is in the explanation as a part of the received path', async () => {
    const { port, logger } = await startWith('/api');
    await send(port, forward({ target: '/api/orders' }));
    const line = await logger.lineWith('SIGNATURE_MISMATCH');
    expect(line).toContain('received: GET|/api/api/orders/|');
    expect(line).toContain('signed:   GET|/api/orders/|');
  });

  it('is named as the cause if it is still on the path', async () => {
    const { port, logger } = await startWith('/api');
    await send(port, forward({ target: '/api/orders' }));
    expect(await logger.lineWith('SIGNATURE_MISMATCH')).toContain(
      'no proxy took the prefix of the option pathPrefix off',
    );
  });

  it('does not hide other causes', async () => {
    const { port, logger } = await startWith('/api');
    const request = { ...forward({ target: '/api/orders' }), target: '/orders' };
    await send(port, withHeader(withHeader(request, 'Host', 'internal:3000'), 'X-Forwarded-Host', HOST));
    expect(await logger.lineWith('SIGNATURE_MISMATCH')).toContain('because of HOST_REPLACED');
  });

  it.each(['api', '/api/', '/a/../b'])('stops the start: %s', async (pathPrefix) => {
    await expect(startWith(pathPrefix)).rejects.toThrow(/^pathPrefix: expected a prefix such as '\/api'/);
  });
});
