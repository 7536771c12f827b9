import { describe, expect, it } from 'vitest';
import { catchAll } from '../support/catch-all.js';
import { forward, KEYS } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { nginxForTest } from '../support/nginx.js';
import { platforms, startForTest } from '../support/platforms.js';
import { unauthorized } from '../support/refused-replies.js';

/** What an Ingress of nginx makes of `rewrite-target: /$2` and the path `/api(/|$)(.*)`; and a shorter way. */
const LOCATIONS = {
  'rewrite-target': `location ~* "^/api(/|$)(.*)" {
    rewrite "(?i)/api(/|$)(.*)" /$2 break;
    proxy_set_header Host $http_host;
    proxy_pass http://up;
  }`,
  'proxy_pass with a slash': 'location /api/ { proxy_set_header Host $http_host; proxy_pass http://up/; }',
};

describe.each(platforms)('pathPrefix behind nginx, on $name', (platform) => {
  const startBehind = async (locations: string) => {
    const { port } = await startForTest(platform, catchAll({ keys: KEYS, pathPrefix: '/api' }));
    return nginxForTest(port, locations);
  };

  it.each(Object.entries(LOCATIONS))(
    'accepts requests that the gateway signed with the prefix: %s',
    async (_, locations) => {
      const port = await startBehind(locations);
      for (const target of ['/api/orders?b=2&a=%C3%A9+x', '/api/orders/a%20b', '/api/']) {
        const request = forward({ method: 'POST', target, body: 'a body' });
        expect(await send(port, request)).toMatchObject({ status: 200 });
        expect(await send(port, { ...request, target: `${target}x` })).toMatchObject(
          unauthorized('SIGNATURE_MISMATCH'),
        );
      }
    },
  );
});
