import { describe, expect, it } from 'vitest';
import { KEY, KEYS, forward } from '../support/gateway.js';
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

  it('accepts what was signed with the prefix and came without it, and nothing else', async () => {
    const { port } = await startWith('/api');
    const signed = forward({ method: 'POST', target: '/api/orders?a=1', body: 'b' });
    expect(await send(port, { ...signed, target: '/orders?a=1' })).toMatchObject(passed);
    const mismatch = unauthorized('SIGNATURE_MISMATCH');
    expect(await send(port, signed)).toMatchObject(mismatch);
    expect(await send(port, forward({ method: 'POST', target: '/orders?a=1', body: 'b' }))).toMatchObject(mismatch);
    const twice = forward({ method: 'POST', target: '/api/api/orders?a=1', body: 'b' });
    expect(await send(port, { ...twice, target: '/orders?a=1' })).toMatchObject(mismatch);
  });

  it('is part of what the explanation says was received', async () => {
    const { port, logger } = await startWith('/api');
    await send(port, forward({ target: '/api/orders' }));
    const line = await logger.lineWith('SIGNATURE_MISMATCH');
    expect(line).toContain('received: GET|/api/api/orders/|');
    expect(line).toContain('signed:   GET|/api/orders/|');
  });

  it.each(['api', '/api/', '/a/../b'])('stops the start: %s', async (pathPrefix) => {
    await expect(startWith(pathPrefix)).rejects.toThrow(/^pathPrefix: expected a prefix such as '\/api'/);
  });
});
