import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catchAll } from '../support/catch-all.js';
import { startDeskGateway } from '../support/desk-gateway.js';
import { KEY, KEYS } from '../support/gateway.js';
import { send, type RequestToSend } from '../support/http-client.js';
import { platforms, startForTest } from '../support/platforms.js';

const FILE = readFileSync('docs/recipes/requests.http', 'utf8');

/** Reads the file as editors do: comments, `@variables`, and requests that stand under lines of `###`. */
function requestsIn(text: string): readonly (readonly [name: string, url: string, RequestToSend])[] {
  const [before, ...blocks] = text.split(/^###/m);
  const variables = new Map(Array.from(before!.matchAll(/^@(\w+) = (.*)$/gm), ([, name, value]) => [name!, value!]));
  return blocks.map((block) => {
    const [head, ...rest] = block.replace(/\{\{(\w+)\}\}/g, (_, name: string) => variables.get(name)!).split('\n\n');
    const [name, line, ...headers] = head!.split('\n');
    const { groups } = /^(?<method>[A-Z]+) (?<url>http:\S+)$/.exec(line!)!;
    const { host, pathname, search } = new URL(groups!.url!);
    const body = rest.join('\n\n').trim();
    const pairs = headers.filter((each) => each !== '').map((each) => each.split(': ') as [string, string]);
    return [
      name!.trim(),
      host,
      {
        method: groups!.method!,
        target: pathname + search,
        headers: [['Host', host], ...pairs],
        ...(body !== '' && { body: Buffer.from(body) }),
      },
    ];
  });
}

describe.each(platforms)('requests.http, before an application on $name', (platform) => {
  it('has requests that the gateway signs, with any method and body', async () => {
    const { port } = await startForTest(platform, catchAll({ keys: KEYS }));
    const gateway = await startDeskGateway(port);
    const requests = requestsIn(FILE);
    expect(requests.map(([name]) => name)).toEqual(['Read', 'Write JSON', 'Write a form', 'Delete']);
    for (const [name, host, request] of requests) {
      expect(host).toBe('127.0.0.1:8787');
      expect([name, await send(gateway.port, request)]).toMatchObject([
        name,
        { status: 200, text: JSON.stringify({ key: KEY, bodyVerified: true }) },
      ]);
      expect([name, (await send(port, request)).status]).toEqual([name, 401]);
    }
  });
});
