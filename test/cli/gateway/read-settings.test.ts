import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/cli/gateway/read-settings.js';
import { startBackend, startDeskGateway, VARIABLES } from '../../support/desk-gateway.js';
import { KEY, SECRET } from '../../support/gateway.js';

const FOLDER = mkdtempSync(join(tmpdir(), 'apig-sign-'));
const NO_PEM = join(FOLDER, 'no.pem');
writeFileSync(NO_PEM, SECRET);
afterAll(() => rmSync(FOLDER, { recursive: true }));

const TO = ['--to', 'http://127.0.0.1:3000'];

describe('a mistyped command line of the gateway', () => {
  it.each<[message: string, args: string[]]>([
    ['--to is missing: --to http://127.0.0.1:3000, the backend', []],
    ['--to: expected http://host[:port]/path?query', ['--to', 'ftp://a.example']],
    ['--to: expected http://host[:port]/path?query', ['--to', 'http://a.example:65536']],
    ['--to has a path, which stays that of each request: --to http://127.0.0.1:3000', ['--to', 'http://a.example/api']],
    [
      '--to: name and password have no place beside a signature: http://host[:port]/path?query',
      ['--to', 'http://a:b@c'],
    ],
    ['Expected flags only: apig-sign gateway --to http://host:port', ['http://127.0.0.1:3000']],
    ['There is no flag --listn: did you mean --listen?', [...TO, '--listn', 'a:1']],
    ['There is no flag --host: see apig-sign --help', [...TO, '--host', 'a']],
    ['--listen: "8787" is not an address: --listen 127.0.0.1:8787', [...TO, '--listen', '8787']],
    ['--listen: "a:99999" is not an address: --listen 127.0.0.1:8787', [...TO, '--listen', 'a:99999']],
    ['--listen: "::1:80" is not an address: --listen 127.0.0.1:8787', [...TO, '--listen', '::1:80']],
    ['--to and --listen are the same address: the gateway would call itself', [...TO, '--listen', '127.0.0.1:3000']],
    ['--to and --listen are the same address: the gateway would call itself', [...TO, '--listen', 'localhost:3000']],
    ['--quiet and --json contradict each other: give one of them', [...TO, '--quiet', '--json']],
    [
      '--signed-headers: every server refuses a signature without x-sdk-date: add it to the list',
      [...TO, '--signed-headers', 'host'],
    ],
    [
      "--signed-headers: host is named twice: --signed-headers 'host;x-sdk-date'",
      [...TO, '--signed-headers', 'host;x-sdk-date;Host'],
    ],
    [
      '--signed-headers: "" is not a header name: --signed-headers \'host;x-sdk-date\'',
      [...TO, '--signed-headers', 'x-sdk-date;'],
    ],
    [
      "--signed-headers: authorization holds the signature, and cannot be signed: --signed-headers 'host;x-sdk-date'",
      [...TO, '--signed-headers', 'x-sdk-date;Authorization'],
    ],
    [
      '--signed-headers: connection is not passed on, and so cannot be signed',
      [...TO, '--signed-headers', 'x-sdk-date;Connection'],
    ],
    ['--allow-host: "a:80" is not valid: --allow-host NAME, without a port', [...TO, '--allow-host', 'a:80']],
    [
      '--allow-origin: "a.example" is not valid: --allow-origin http://localhost:5173',
      [...TO, '--allow-origin', 'a.example'],
    ],
    [
      '--allow-origin: "http://a/" is not valid: --allow-origin http://localhost:5173',
      [...TO, '--allow-origin', 'http://a/'],
    ],
    ['--ca belongs to a backend under https: --to https://host:port', [...TO, '--ca', NO_PEM]],
    ['--ca FILE does not hold certificates as PEM text', ['--to', 'https://a', '--ca', NO_PEM]],
    [
      "--ca FILE cannot be read: ENOENT: no such file or directory, open '/no/file'",
      ['--to', 'https://a', '--ca', '/no/file'],
    ],
    ...['api', '/api/', '/', '/a//b', '/a/../b', '/.', '/a%20b', '/é', ''].map((prefix): [string, string[]] => [
      `--path-prefix: ${JSON.stringify(prefix)} is not valid: expected /api, with letters, digits, - . _ ~ and no / at its end`,
      [...TO, '--path-prefix', prefix],
    ]),
  ])('is answered with %s', (message, args) => {
    expect(() => readSettings(args, VARIABLES)).toThrow(expect.objectContaining({ name: 'UsageError', message }));
    expect(message).not.toContain(SECRET);
  });

  it('names the address that another program uses', async () => {
    const { port } = await startBackend((_, response) => response.end());
    const started = startDeskGateway('http://127.0.0.1:1', ['--listen', `127.0.0.1:${port}`]);
    await expect(started).rejects.toThrow(`--listen 127.0.0.1:${port}: another program listens there`);
  });
});

describe('a command line of the gateway', () => {
  it('listens on loopback and signs host and date by default', () => {
    expect(readSettings(TO, VARIABLES)).toEqual({
      to: { origin: 'http://127.0.0.1:3000', host: '127.0.0.1:3000', isTls: false, hostname: '127.0.0.1', port: 3000 },
      listen: { hostname: '127.0.0.1', port: 8787 },
      key: { key: KEY, secret: SECRET },
      signedHeaders: ['host', 'x-sdk-date'],
      pathPrefix: '',
      preserveHost: false,
      allowedHosts: [],
      allowedOrigins: [],
      ca: undefined,
      output: 'lines',
    });
  });

  it.each([
    ['localhost', { origin: 'http://localhost', host: 'localhost', isTls: false, hostname: 'localhost', port: 80 }],
    [
      'https://a.example',
      { origin: 'https://a.example', host: 'a.example', isTls: true, hostname: 'a.example', port: 443 },
    ],
    [
      'http://[::1]:3000/',
      { origin: 'http://[::1]:3000', host: '[::1]:3000', isTls: false, hostname: '::1', port: 3000 },
    ],
  ])('reads %s as a backend', (url, to) => {
    expect(readSettings(['--to', url], VARIABLES).to).toEqual(to);
  });

  it('takes an IPv6 address in brackets, and a full one', () => {
    expect(readSettings([...TO, '--listen', '[::1]:80'], VARIABLES).listen).toEqual({ hostname: '::1', port: 80 });
    expect(readSettings([...TO, '--listen', '0.0.0.0:80'], VARIABLES).listen).toEqual({
      hostname: '0.0.0.0',
      port: 80,
    });
  });
});
