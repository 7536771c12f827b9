import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sign } from '../../src/cli/sign/sign.command.js';
import { apigSign } from '../support/apig-sign.js';
import { catchAll } from '../support/catch-all.js';
import { KEY, KEYS } from '../support/gateway.js';
import { platforms, start, type RunningApp } from '../support/platforms.js';
import { program } from '../support/programs.js';
import { SHELLS, type } from '../support/shells.js';

program('curl');

const BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const FOLDER = mkdtempSync(join(tmpdir(), 'apig-sign-'));
const FILES = { 'all bytes.bin': BYTES, "it's $HOME.txt": '@\n`ls`\r\n', 'empty.bin': '' };

/** Texts that shells, curl and printf may read in different ways. */
const AWKWARD = `it's "so" $HOME \${HOME} $(ls) \`ls\` \\n \\ %s %41 100% !! !a *.* ~ # ; & | < > {a,b} [1-3] (x) @f =x ^a^b é € \u{1f600}`;

type Case = readonly [name: string, args: readonly string[], path?: string];

const file = (name: keyof typeof FILES) => `@${join(FOLDER, name)}`;

const CASES: readonly Case[] = [
  ['nothing but a URL', []],
  ['a method', ['-X', 'DELETE']],
  ['a method in lower case', ['-X', 'patch']],
  ['OPTIONS', ['-X', 'OPTIONS']],
  ['an awkward header', ['-H', `X-Awkward: ${AWKWARD}`]],
  ['a tab in a header, a control character of ISO 8859 and a text turned around', ['-H', 'X-A: a\tb\u0085\u202ec']],
  ['blanks around a value', ['-H', 'X-A: \t a b  ']],
  ['an empty header', ['-H', 'X-Empty;']],
  ['a header that curl should not send', ['-H', 'User-Agent:']],
  ['a host of its own', ['-H', 'Host: backend.example.com']],
  ['JSON', ['-H', 'Content-Type: application/json', '-d', `{"it's": "$HOME \`ls\` !! %s"}`]],
  ['an awkward body', ['-H', 'Content-Type: text/plain', '-d', AWKWARD]],
  ['line breaks in a body, and at its end', ['-H', 'Content-Type: text/plain', '-d', '\n one\r\ntwo\n\n']],
  ['a body without a type', ['-H', 'Content-Type:', '-d', 'a=1']],
  ['a form', ['-d', 'a=1', '-d', 'b=2&c']],
  ['an empty body', ['-d', '']],
  ['a body that begins with @', ['--data-raw', '@f']],
  ['a body that begins with a dash', ['-X', 'PUT', '-d', '-%d']],
  ['a body with GET', ['-X', 'GET', '-d', 'a']],
  ['a long body', ['-H', 'Content-Type: text/plain', '-d', "it's ".repeat(30_000)]],
  ['every byte there is, from a file', ['-H', 'Content-Type: a/b', '--data-binary', file('all bytes.bin')]],
  ['a file with an awkward name', ['-H', 'Content-Type: a/b', '--data-binary', file("it's $HOME.txt")]],
  ['a file without its line breaks', ['-d', file("it's $HOME.txt")]],
  ['an empty file', ['--data-binary', file('empty.bin')]],
  ['a body that is not signed', ['--unsigned-payload', '--data-binary', file('all bytes.bin')]],
  ['some of the headers', ['-H', 'X-A: a', '--signed-headers', 'Host;X-Sdk-Date']],
  ['a query', [], '/a?b=2&a=1&a&c=%2B+'],
  ['a query alone', [], '?a=1'],
  ['what curl reads as many URLs', [], '/{a,b}/[1-3]?c={d,e}'],
  ['what curl takes out of paths', [], '/a/./b/../c//d/'],
  ['quotes, dollars and backticks in a URL', [], `/it's/$HOME/\`ls\`?q="$(ls)"&!!=!a`],
  ['UTF-8, blanks and control characters in a URL', [], '/café/a b?q=é \u{1f600}\n&t=\t'],
  ['percent escapes in a URL', [], '/%C3%a9%20%25/?q=%FF%00%26'],
  ['what else a URL should not hold', [], '/a^b|c<d>e~f*g?h=^|<>~*'],
];

beforeAll(() => {
  for (const [name, bytes] of Object.entries(FILES)) writeFileSync(join(FOLDER, name), bytes);
});
afterAll(() => rmSync(FOLDER, { recursive: true }));

describe.each(platforms)('the commands of apig-sign, to an application on $name', (platform) => {
  let running: RunningApp;
  let commands: readonly string[];
  const url = (path = '/') => `http://127.0.0.1:${running.port}${path}`;

  beforeAll(async () => {
    // So that nothing passes which curl adds without a signature.
    running = await start(platform, catchAll({ keys: KEYS, signedIfPresent: ['content-type', 'host'] }));
    commands = CASES.map(([, args, path]) => sign([...args, url(path)], { APIG_SIGNATURE_KEYS: JSON.stringify(KEYS) }));
  });
  afterAll(() => running.app.close());

  it('are one line of characters that a terminal shows', () => {
    expect(commands.filter((command) => !/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(command))).toEqual([]);
  });

  it.each(SHELLS)('are accepted when they are pasted into %s', async (shell) => {
    const lines = commands.map((command) => `${command} -sS -w ' %{http_code}\\n'`);
    const printed = (await type(shell, lines.join('\n'))).toString();
    const answers = printed.trimEnd().split('\n');
    const expected = CASES.map(([name, args]) => {
      const bodyVerified = !args.includes('--unsigned-payload');
      return [name, `${JSON.stringify({ key: KEY, bodyVerified })} 200`];
    });
    expect(CASES.map(([name], at) => [name, answers[at]])).toEqual(expected);
  });

  it.each([
    ['every byte there is, from standard input', ['--data-binary', '@-'], /^{"key":"signature_key1".* 200$/],
    [
      'a file by its name where the program runs',
      ['--data-binary', '@all bytes.bin'],
      /^{"key":"signature_key1".* 200$/,
    ],
    ['HEAD, which has no body in its answer', ['-X', 'HEAD'], /^HTTP\/1\.1 200 OK\r\n[^]* 200$/],
  ])('send %s', async (_, args, answer) => {
    const { out } = await apigSign([...args, url()], { cwd: FOLDER, input: BYTES });
    expect((await type('sh', `${out.trimEnd()} -sS -w ' %{http_code}'`, FOLDER)).toString()).toMatch(answer);
  });

  it('are refused if they were changed', async () => {
    const command = commands[CASES.findIndex(([name]) => name === 'a form')]!;
    const printed = (await type('sh', `${command.replace('a=1', 'a=2')} -sS`)).toString();
    expect(JSON.parse(printed)).toMatchObject({ code: 'SIGNATURE_MISMATCH', message: 'Verify authroization failed.' });
  });
});
