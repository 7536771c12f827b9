import { expect, it } from 'vitest';
import { isHopHeader } from '../../../src/core/explain/suspects.js';

it.each([
  ['negotiate', ['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'content-encoding']],
  ['concern a connection', ['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect']],
  ['concern a cache', ['cache-control', 'pragma', 'range', 'if-range', 'if-match', 'if-none-match']],
  ['ask for what has changed', ['if-modified-since', 'if-unmodified-since']],
  ['name a client', ['user-agent', 'cookie', 'true-client-ip', 'x-client-ip', 'x-cluster-client-ip', 'x-real-ip']],
  ['name a hop', ['via', 'forwarded', 'max-forwards', 'x-forwarded', 'x-forwarded-for', 'proxy-authorization']],
  ['name what a hop received', ['content-length', 'x-original-uri', 'x-scheme', 'priority']],
  ['name a trace', ['b3', 'x-b3-traceid', 'baggage', 'traceparent', 'tracestate', 'x-trace-id', 'x-amzn-trace-id']],
  ['name a request', ['x-request-id', 'x-correlation-id', 'x-cloud-trace-context', 'x-varnish']],
  ['belong to a product', ['cdn-loop', 'cf-ray', 'x-envoy-original-path']],
])('headers that %s are suspects', (_, names) => {
  for (const name of names) expect([name, isHopHeader(name)]).toEqual([name, true]);
});

it.each([
  '',
  'host',
  'content-type',
  'accepts',
  'x-accept',
  'accept-',
  'proxy-',
  'x-forwardedfor',
  'cf-',
  'b3-x',
  'x-b3',
])('a header named "%s" is no suspect', (name) => {
  expect(isHopHeader(name)).toBe(false);
});
