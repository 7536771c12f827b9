import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catchAll } from '../support/catch-all.js';
import { HOST, KEYS } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { express, fastify, start, type Platform, type RunningApp } from '../support/platforms.js';

interface Case {
  readonly status: number;
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly target?: string;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** What docs/guide/refusals.md says that Node or a framework answers before a guard is asked, signed or not. */
const COMMON: readonly Case[] = [
  { status: 401, what: 'nothing wrong', headers: JSON_TYPE, body: '{}' },
  { status: 400, what: 'a bad escape in the path', target: '/%zz' },
  { status: 400, what: 'bad JSON', headers: JSON_TYPE, body: '{' },
];
const ON: Readonly<Record<Platform['name'], readonly Case[]>> = {
  express: [
    { status: 415, what: 'an unknown charset', headers: { 'Content-Type': 'application/json; charset=x' }, body: '{}' },
    {
      status: 415,
      what: 'an unknown Content-Encoding',
      headers: { ...JSON_TYPE, 'Content-Encoding': 'x' },
      body: '{}',
    },
    { status: 400, what: 'what does not unpack', headers: { ...JSON_TYPE, 'Content-Encoding': 'gzip' }, body: '{}' },
    { status: 413, what: 'JSON of more than 100 kB', headers: JSON_TYPE, body: '{}'.padEnd(100 * 2 ** 10 + 1) },
  ],
  fastify: [
    { status: 400, what: 'empty JSON', headers: JSON_TYPE },
    { status: 415, what: 'a type without a parser', headers: { 'Content-Type': 'application/xml' }, body: '<a/>' },
    { status: 415, what: 'a body without a type', body: 'a body' },
    { status: 413, what: 'JSON of more than 1 MiB', headers: JSON_TYPE, body: '{}'.padEnd(2 ** 20 + 1) },
  ],
};

describe.each([
  [express, undefined],
  [fastify, new FastifyAdapter()],
])('before the guard, on $name', (platform, adapter) => {
  let running: RunningApp;
  beforeAll(async () => {
    running = await start(platform, catchAll({ keys: KEYS }), adapter && { adapter });
  });
  afterAll(() => running.app.close());

  it.each([...COMMON, ...ON[platform.name]])(
    '$status: $what',
    async ({ status, headers = {}, body = '', target = '/' }) => {
      const lines = [['Host', HOST] as const, ...Object.entries(headers)];
      const request = { method: 'POST', target, headers: lines, body: Buffer.from(body) };
      expect(await send(running.port, request)).toMatchObject({ status });
    },
  );
});
