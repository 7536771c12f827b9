import { describe, expect, it } from 'vitest';
import { HOST, type RequestToForward } from '../../support/gateway.js';
import { send } from '../../support/http-client.js';
import { nginxForTest } from '../../support/nginx.js';
import { platforms } from '../../support/platforms.js';
import { expectCause, forwarded, start, type InFront } from './explained.js';

const HOST_KEPT = 'proxy_set_header Host $http_host;';

const nginx =
  (locations: string): InFront =>
  (upstream) =>
    nginxForTest(upstream, locations);

describe.each(platforms)('the log explains how nginx changed a request, on $name', (platform) => {
  it.each<[cause: string, how: string, locations: string, request: RequestToForward]>([
    [
      'PATH_PREFIX_STRIPPED',
      'proxy_pass with a slash at its end',
      `location /api/ { ${HOST_KEPT} proxy_pass http://up/; }`,
      { target: '/api/users?a=b' },
    ],
    [
      'PATH_PREFIX_STRIPPED',
      'a prefix that X-Forwarded-Prefix tells',
      `location /shop/ { ${HOST_KEPT} proxy_set_header X-Forwarded-Prefix /shop; proxy_pass http://up/; }`,
      { target: '/shop/users' },
    ],
    [
      'PATH_PREFIX_STRIPPED',
      'a prefix that X-Original-URI tells',
      `location /shop/ { ${HOST_KEPT} proxy_set_header X-Original-URI $request_uri; proxy_pass http://up/; }`,
      { target: '/shop/users?a=b' },
    ],
    [
      'PATH_PREFIX_ADDED',
      'proxy_pass with a path',
      `location / { ${HOST_KEPT} proxy_pass http://up/internal/v2/; }`,
      { target: '/users?a=b' },
    ],
    [
      'TARGET_REWRITTEN',
      'rewrite, and X-Original-URI',
      `location / { ${HOST_KEPT} proxy_set_header X-Original-URI $request_uri; rewrite ^/old/(.*) /new/$1 break; proxy_pass http://up; }`,
      { target: '/old/users' },
    ],
    [
      'PATH_DECODED',
      'proxy_pass with $uri',
      `location / { ${HOST_KEPT} proxy_pass http://up$uri$is_args$args; }`,
      { target: '/a%2520b?c=d' },
    ],
    [
      'PATH_ENCODED',
      'rewrite to $request_uri',
      `location / { ${HOST_KEPT} rewrite ^ $request_uri break; proxy_pass http://up; }`,
      { target: '/a%20b' },
    ],
    [
      'HOST_PORT',
      'Host with the port',
      'location / { proxy_set_header Host $host:$server_port; proxy_pass http://up; }',
      {},
    ],
    [
      'HOST_PORT',
      'Host without the port',
      'location / { proxy_set_header Host $host; proxy_pass http://up; }',
      { headers: [['Host', `${HOST}:443`]] },
    ],
    [
      'HOST_REPLACED',
      'its own Host, and X-Forwarded-Host',
      'location / { proxy_set_header X-Forwarded-Host $http_host; proxy_pass http://up; }',
      {},
    ],
  ])('%s: %s', async (cause, _, locations, request) => {
    await expectCause(platform, cause, nginx(locations), forwarded(request));
  });

  it('names two causes of one nginx', async () => {
    const locations = 'location /api/ { proxy_set_header X-Forwarded-Host $host; proxy_pass http://up/; }';
    const { logger, port } = await start(platform, nginx(locations));
    expect(await send(port, forwarded({ target: '/api/users' }))).toMatchObject({ status: 401 });
    const line = await logger.lineWith('SIGNATURE_MISMATCH');
    expect(line).toContain('because of PATH_PREFIX_STRIPPED: Two things together. A prefix was taken off the path');
    expect(line).toContain('Host was replaced after it was signed');
    expect(line).toContain('  received: GET|/users/||cookie:***|host:up|x-auth-token:***|x-sdk-date:');
    expect(line).toContain(`  signed:   GET|/api/users/||cookie:***|host:${HOST}|x-auth-token:***|x-sdk-date:`);
  });
});
