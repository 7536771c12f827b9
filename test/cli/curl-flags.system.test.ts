import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELP } from '../../src/cli/help.js';
import { sign } from '../../src/cli/sign/sign.command.js';
import { catchAll } from '../support/catch-all.js';
import { startBackend, VARIABLES } from '../support/desk-gateway.js';
import { KEYS } from '../support/gateway.js';
import { platforms, startForTest } from '../support/platforms.js';
import { run } from '../support/processes.js';
import { built, program } from '../support/programs.js';
import { type } from '../support/shells.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'apig-sign-'));
beforeAll(() => {
  writeFileSync(join(FOLDER, 'data.txt'), 'é &=\n+');
  writeFileSync(join(FOLDER, 'secret.txt'), `${Object.values(KEYS)[0]}\n`);
  writeFileSync(join(FOLDER, 'photo.jpg'), Buffer.from([0xff, 0xd8, 0, 10]));
  const script = `#!/bin/sh\nexec ${process.execPath} ${resolve(built('dist/esm/cli.js'))} "$@"\n`;
  writeFileSync(join(FOLDER, 'apig-sign'), script, { mode: 0o755 });
});
afterAll(() => rmSync(FOLDER, { recursive: true }));

interface Received {
  readonly line: string;
  readonly headers: string[];
  readonly body: string;
}

/** A server that notes what it receives, but for what signing adds; headers in an order of their own. */
async function startRecorder() {
  const received: Received[] = [];
  const { port } = await startBackend((request, response) => {
    void text(request).then((body) => {
      const { rawHeaders } = request;
      const headers = rawHeaders.flatMap((name, at) =>
        at % 2 ? [] : [`${name.toLowerCase()}: ${rawHeaders[at + 1]}`],
      );
      const added = /^(authorization|x-sdk-date): /;
      received.push({
        line: `${request.method} ${request.url}`,
        headers: headers.filter((line) => !added.test(line)).sort(),
        body,
      });
      response.end('ok');
    });
  });
  return { port, received };
}

describe('a flag of curl', () => {
  it.each<[name: string, flags: string[], path?: string]>([
    ['-A', ['-A', 'me/1.0']],
    ['-A, empty', ['-A', '']],
    ['-b', ['-b', 'a=1; b=2']],
    ['-G with -d', ['-G', '-d', 'a=1', '-d', 'b=%20'], '/x'],
    ['-G with a query that is there', ['-G', '-d', 'a=1'], '/x?b=2'],
    ['-G without data', ['-G'], '/x'],
    ['--data-urlencode', ['--data-urlencode', 'a=b c+é~*!&=']],
    ['--data-urlencode without a name', ['--data-urlencode', '=a b', '--data-urlencode', 'c d']],
    ['--data-urlencode of files', ['--data-urlencode', '@data.txt', '--data-urlencode', 'name@data.txt']],
    ['-G with --data-urlencode', ['-G', '--data-urlencode', 'q=a b&c#d'], '/x'],
    ['--json', ['--json', '{"a": "é"}']],
    ['--json, twice', ['--json', '[1,', '--json', '[2]]']],
    ['--json of a file', ['--json', '@data.txt']],
    ['--json with a type of its own', ['--json', '{}', '-H', 'content-type: application/merge-patch+json']],
    ['--json and -d', ['--json', '1', '-d', 'a']],
    ['-s -S -i -v -k', ['-s', '-S', '-i', '-v', '-k']],
    ['flags in one word', ['-sSk', '-XPUT', '-da=1']],
    ['--compressed', ['--compressed']],
  ])('%s gives the request that curl gives by itself', async (_, flags, path = '/') => {
    const { port, received } = await startRecorder();
    const url = `http://127.0.0.1:${port}${path}`;
    await run(program('curl'), [...flags, url], { cwd: FOLDER });
    const here = process.cwd();
    process.chdir(FOLDER);
    let command: string;
    try {
      command = sign([...flags, url], VARIABLES);
    } finally {
      process.chdir(here);
    }
    await type('sh', command, FOLDER);
    expect(received).toHaveLength(2);
    expect(received[1]).toEqual(received[0]);
  });

  it.each(['-s', '-S', '-i', '-v', '-k', '--compressed'])('%s is in the printed command', (flag) => {
    expect(sign([flag, 'http://a.example/'], VARIABLES)).toMatch(new RegExp(`^curl ${flag} -X GET`));
  });
});

describe.each(platforms)('a command pasted after apig-sign, to an application on $name', (platform) => {
  it.each([
    [
      'Chromium',
      (url: string) => `curl '${url}?q=1' \\
  -X 'PATCH' \\
  -H 'accept: application/json' \\
  -H 'accept-language: en-US,en;q=0.9' \\
  -H 'content-type: application/json' \\
  -b 'sid=1; theme=dark' \\
  -H 'origin: http://localhost:3000' \\
  -H 'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24"' \\
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' \\
  --data-raw $'{"name":"it\\'s"}' \\
  --insecure`,
    ],
    [
      'Firefox',
      (url: string) =>
        `curl '${url}' --compressed -X POST -H 'User-Agent: Mozilla/5.0' -H 'Accept-Encoding: gzip, deflate' -H 'Content-Type: text/plain' -H 'Connection: keep-alive' --data-raw 'a'`,
    ],
  ])('is accepted as %s copies it', async (_, pasted) => {
    const { port } = await startForTest(
      platform,
      catchAll({ keys: KEYS, signedIfPresent: ['content-type', 'cookie'] }),
    );
    const lines = `PATH=${FOLDER}:$PATH; export APIG_SIGNATURE_KEYS='${VARIABLES.APIG_SIGNATURE_KEYS}'\n`;
    const command = (await type('bash', `${lines}apig-sign ${pasted(`http://127.0.0.1:${port}/a`)}`)).toString();
    expect(JSON.parse((await type('sh', `${command.trim()} -sS`)).toString())).toMatchObject({ bodyVerified: true });
  });
});

describe.each(['zsh', 'bash'] as const)('the examples of --help', (shell) => {
  it(`run in ${shell} as they are`, async () => {
    const { port } = await startForTest(platforms[0]!, catchAll({ keys: KEYS }));
    const examples = HELP.sign.split('\n').filter((line) => /^ {2}(export|apig-sign) /.test(line));
    expect(examples).toHaveLength(5);
    const here = examples.map((line) => line.trim().replace(':3000', `:${port}`));
    const printed = (await type(shell, ['set -e', `PATH=${FOLDER}:$PATH`, ...here].join('\n'), FOLDER)).toString();
    expect(printed.match(/^curl -X (GET|POST)/gm)).toEqual(['curl -X GET', 'curl -X POST']);
    expect(printed).toContain('{"key":"signature_key1","bodyVerified":true}');
    expect(printed).toContain('"canonicalRequest": "GET\\n/42/\\n');
  });
});

describe('a command without a reader of its output', () => {
  it('ends quietly', async () => {
    const script = `apig-sign --key k --secret s -d ${'a'.repeat(90_000)} http://a.example/ 2>errors.txt | head -c 1; cat errors.txt`;
    expect((await type('bash', `PATH=${FOLDER}:$PATH\n${script}`, FOLDER)).toString()).toBe('c');
  });
});
