import { describe, expect, it } from 'vitest';
import { catchAll } from '../../support/catch-all.js';
import { forward, KEYS, SECRET, type RequestToForward } from '../../support/gateway.js';
import { apache, haproxy, varnish, type Hop } from '../../support/hops.js';
import { send } from '../../support/http-client.js';
import { nginxForTest } from '../../support/nginx.js';
import { platforms, startForTest, type Platform } from '../../support/platforms.js';
import { RecordedLog } from '../../support/recorded-log.js';

const nginx =
  (...lines: readonly string[]): Hop =>
  (upstream) =>
    nginxForTest(upstream, `location / { proxy_set_header Host $http_host; ${lines.join(' ')} }`);

const hashing = 'sub vcl_recv { return (hash); }';
const json: RequestToForward = { method: 'POST', headers: [['Content-Type', 'application/json']], body: '{"a":1}' };
const named = (name: string, value: string): RequestToForward => ({ headers: [[name, value]] });

/** What a hop does, what is sent through it, and what the log says of it. */
type Row = readonly [what: string, hop: Hop, request: RequestToForward, said: string];

const PROVED: readonly Row[] = [
  [
    'nginx takes a prefix off',
    nginx('rewrite ^/api(/.*) $1 break; proxy_pass http://up;'),
    { target: '/api/a' },
    'PATH_PREFIX_STRIPPED',
  ],
  [
    'nginx appends to X-Forwarded-For',
    nginx('proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_pass http://up;'),
    named('X-Forwarded-For', '192.0.2.1'),
    'HEADER_APPENDED',
  ],
  [
    'nginx adds a charset',
    nginx('proxy_set_header Content-Type "$content_type; charset=utf-8"; proxy_pass http://up;'),
    json,
    'CONTENT_TYPE_REWRITTEN',
  ],
  ['nginx asks with another method', nginx('proxy_method PUT; proxy_pass http://up;'), json, 'METHOD_REWRITTEN'],
  [
    'nginx adds to the query',
    nginx('set $args "$args&added=1"; proxy_pass http://up;'),
    { target: '/a?b=c' },
    'TARGET_REWRITTEN',
  ],
  [
    'HAProxy takes a prefix off',
    haproxy('http-request replace-path /api(/.*) \\1'),
    { target: '/api/users?b=c' },
    'PATH_PREFIX_STRIPPED',
  ],
  [
    'HAProxy puts a prefix before the path',
    haproxy('http-request set-path /internal%[path]'),
    { target: '/users' },
    'PATH_PREFIX_ADDED',
  ],
  [
    'HAProxy appends to Via',
    haproxy('http-request set-header Via "%[req.hdr(via)], 1.1 haproxy"'),
    named('Via', '1.1 a'),
    'HEADER_APPENDED',
  ],
  [
    'HAProxy writes another Content-Type',
    haproxy('http-request set-header Content-Type "application/json; charset=UTF-8"'),
    json,
    'CONTENT_TYPE_REWRITTEN',
  ],
  [
    'HAProxy asks GET for HEAD',
    haproxy('http-request set-method GET if METH_HEAD'),
    { method: 'HEAD' },
    'METHOD_REWRITTEN',
  ],
  [
    'HAProxy replaces Host and tells of it',
    haproxy('http-request set-header X-Forwarded-Host %[req.hdr(host)]', 'http-request set-header Host up.internal'),
    {},
    'HOST_REPLACED',
  ],
  ['Varnish asks GET for HEAD', varnish(hashing), { method: 'HEAD' }, 'METHOD_REWRITTEN'],
  ['Varnish appends to X-Forwarded-For', varnish(), named('X-Forwarded-For', '192.0.2.1'), 'HEADER_APPENDED'],
  [
    'Varnish takes a prefix off',
    varnish('sub vcl_backend_fetch { set bereq.url = regsub(bereq.url, "^/v2", ""); } sub vcl_recv { return (pass); }'),
    { target: '/v2/a' },
    'PATH_PREFIX_STRIPPED',
  ],
  ['Apache replaces Host', apache('ProxyPass / http://127.0.0.1:UP/'), {}, 'HOST_REPLACED'],
  [
    'Apache takes a prefix off',
    apache('ProxyPreserveHost On', 'ProxyPass /api/ http://127.0.0.1:UP/'),
    { target: '/api/users' },
    'PATH_PREFIX_STRIPPED',
  ],
  [
    'Apache takes a prefix off and replaces Host',
    apache('ProxyPass /api/ http://127.0.0.1:UP/'),
    { target: '/api/users' },
    'PATH_PREFIX_STRIPPED: Two things together.',
  ],
  [
    'Apache appends to X-Forwarded-For',
    apache('ProxyPreserveHost On', 'ProxyPass / http://127.0.0.1:UP/'),
    named('X-Forwarded-For', '192.0.2.1'),
    'HEADER_APPENDED',
  ],
  [
    'Apache adds a charset',
    apache(
      'ProxyPreserveHost On',
      'RequestHeader edit Content-Type "$" ";charset=utf-8"',
      'ProxyPass / http://127.0.0.1:UP/',
    ),
    json,
    'CONTENT_TYPE_REWRITTEN',
  ],
];

const SUSPECTED: readonly Row[] = [
  [
    'nginx rewrites Accept-Encoding',
    nginx('proxy_set_header Accept-Encoding gzip; proxy_pass http://up;'),
    named('Accept-Encoding', 'gzip, br'),
    'accept-encoding',
  ],
  ['Varnish rewrites Accept-Encoding', varnish(hashing), named('Accept-Encoding', 'gzip, br'), 'accept-encoding'],
  [
    'HAProxy rewrites User-Agent',
    haproxy('http-request set-header User-Agent haproxy'),
    named('User-Agent', 'gateway/1'),
    'user-agent',
  ],
  [
    'Apache rewrites Cookie',
    apache('ProxyPreserveHost On', 'RequestHeader set Cookie "b=2"', 'ProxyPass / http://127.0.0.1:UP/'),
    named('Cookie', 'a=1'),
    'cookie',
  ],
];

/** What came of a hop leaves nothing to undo it with, and no header of the kind that hops change. */
const UNKNOWABLE: readonly Row[] = [
  [
    'nginx merges slashes',
    (upstream) => nginxForTest(upstream, 'location / { proxy_set_header Host $http_host; proxy_pass http://up/; }'),
    { target: '/a//b' },
    'most likely the secret',
  ],
  [
    'HAProxy replaces Host and tells nobody',
    haproxy('http-request set-header Host up.internal'),
    {},
    'most likely the secret',
  ],
];

async function lineThrough(platform: Platform, hop: Hop, request: RequestToForward): Promise<string> {
  const logger = new RecordedLog();
  const { port } = await startForTest(platform, catchAll({ keys: KEYS, explain: true }), { logger });
  expect(await send(await hop(port), forward(request))).toMatchObject({ status: 401 });
  const line = await logger.lineWith('SIGNATURE_');
  expect(line).not.toContain(SECRET);
  return line;
}

describe.each(platforms)('the explanation behind real proxies, on $name', (platform) => {
  it.each(PROVED)('proves the cause: %s', async (_, hop, request, said) => {
    expect(await lineThrough(platform, hop, request)).toContain(`because of ${said}`);
  });

  it.each(SUSPECTED)('suspects the header: %s', async (_, hop, request, said) => {
    const line = await lineThrough(platform, hop, request);
    expect(line).toContain('without a known cause: No cause found.');
    expect(line).toContain(`often change these signed headers: ${said}.`);
  });

  it.each(UNKNOWABLE)('claims nothing that it cannot know: %s', async (_, hop, request, said) => {
    const line = await lineThrough(platform, hop, request);
    expect(line).toContain('without a known cause: No cause found.');
    expect(line).toContain(said);
  });
});
