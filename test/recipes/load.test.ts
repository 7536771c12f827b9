import autocannon from 'autocannon';
import { describe, expect, it } from 'vitest';
import { catchAll } from '../support/catch-all.js';
import { startDeskGateway } from '../support/desk-gateway.js';
import { KEYS } from '../support/gateway.js';
import { platforms, startForTest } from '../support/platforms.js';

const AMOUNT = 1000;

describe.each(platforms)('a load test through the gateway, before an application on $name', (platform) => {
  it('gets 2xx for every request', { timeout: 120_000 }, async () => {
    const { port } = await startForTest(platform, catchAll({ keys: KEYS }));
    const gateway = await startDeskGateway(port, ['--quiet']);
    const json = { 'Content-Type': 'application/json' };
    const result = await autocannon({
      url: `http://127.0.0.1:${gateway.port}`,
      connections: 50,
      amount: AMOUNT,
      requests: [
        { method: 'GET', path: '/orders?state=open' },
        { method: 'POST', path: '/orders', headers: json, body: JSON.stringify({ item: 'x'.repeat(10_000) }) },
        { method: 'DELETE', path: '/orders/42' },
      ],
    });
    expect(result).toMatchObject({ '2xx': AMOUNT, non2xx: 0, errors: 0, timeouts: 0 });
    expect(result.requests.sent).toBe(AMOUNT);
    const direct = await autocannon({ url: `http://127.0.0.1:${port}/orders`, connections: 1, amount: 10 });
    expect(direct).toMatchObject({ '2xx': 0, '4xx': 10 });
  });
});
