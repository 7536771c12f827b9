import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sign } from '../../src/cli/sign/sign.command.js';
import { windowsCommand } from '../../src/cli/sign/windows-shells.js';
import { VARIABLES } from '../support/desk-gateway.js';

/*
 * No shell of Windows runs here. These readers were written from what Microsoft documents of them, and share nothing
 * with the writer: "Parsing C command-line arguments", "cmd", "about_Quoting_Rules", "about_Parsing".
 */

/** Cuts a command line into words as the C runtime of Windows does. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isQuoted = false;
  for (const [token] of line.matchAll(/\\*"|\\+|[^\\"]/g)) {
    const backslashes = token.endsWith('"') ? token.length - 1 : 0;
    if (token.endsWith('"')) {
      word = (word ?? '') + '\\'.repeat(backslashes / 2);
      if (backslashes % 2 === 1) word += '"';
      else isQuoted = !isQuoted;
    } else if (/^[ \t]$/.test(token) && !isQuoted) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + token;
  }
  return word === undefined ? words : [...words, word];
}

/** The command line that cmd.exe starts a program with: variables first, then `^` and quotes. */
function throughCmd(line: string, variables: Record<string, string>): string {
  const expanded = line.replace(/%([^%]+)%/g, (whole, name: string) => variables[name.toUpperCase()] ?? whole);
  let passed = '';
  let isQuoted = false;
  for (let at = 0; at < expanded.length; at++) {
    const character = expanded[at]!;
    if (character === '^' && !isQuoted) passed += expanded[++at] ?? '';
    else if (/[&|<>()\n]/.test(character) && !isQuoted) throw new Error(`cmd.exe would read ${character} itself`);
    else {
      if (character === '"') isQuoted = !isQuoted;
      passed += character;
    }
  }
  return passed;
}

/** The words of a PowerShell command without variables: bare ones, and those in single quotes. */
function powerShellWords(line: string): string[] {
  const words = [...line.matchAll(/'((?:[^']|'')*)'(?= |$)|([\w./:][\w./:-]*|-{1,2}[a-zA-Z][\w-]*)(?= |$)/g)];
  expect(words.map(([word]) => word).join(' ')).toBe(line);
  return words.map(([, quoted, bare]) => bare ?? quoted!.replaceAll("''", "'"));
}

/** The command line that PowerShell makes of words: before 7.3, and since. */
const LEGACY = (words: string[]) => words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ');
const STANDARD = (words: string[]) =>
  words
    .map((word) =>
      word === '' || /[\s"]/.test(word) ? `"${word.replace(/(\\*)("|$)/g, '$1$1$2').replaceAll('"', '\\"')}"` : word,
    )
    .join(' ');

/** What the program is started with by PowerShell; both ways must agree. */
function throughPowerShell(line: string): string[] {
  const [, text, program] =
    /^\$env:APIG_SIGN_ARGUMENTS = '((?:[^']|'')*)'; (\S+) --% %APIG_SIGN_ARGUMENTS%$/.exec(line) ?? [];
  if (text !== undefined) return [program!, ...wordsOf(text.replaceAll("''", "'"))];
  const words = powerShellWords(line);
  const before = wordsOf(LEGACY(words));
  expect(wordsOf(STANDARD(words))).toEqual(before);
  return before;
}

const AWKWARD = [
  '"',
  '\\',
  "'",
  '%',
  '^',
  '&',
  '|',
  '<',
  '>',
  '(',
  ')',
  '!',
  ' ',
  '$',
  '`',
  '@',
  '{',
  '}',
  ';',
  ',',
  '#',
  'a',
  '%PATH%',
  '\\"',
  '--',
];
const word = fc.oneof(
  fc.string({ unit: fc.constantFrom(...AWKWARD), maxLength: 12 }),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 12 }),
);

describe('a command for cmd.exe', () => {
  it('passes every word on unchanged', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const line = windowsCommand({ words: ['curl', ...words] }, 'cmd');
        expect(wordsOf(throughCmd(line, { PATH: 'C:\\', '2F': 'x' }))).toEqual(['curl', ...words]);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a command for PowerShell', () => {
  it('passes every word on unchanged', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const line = windowsCommand({ words: ['curl', ...words] }, 'powershell');
        expect(throughPowerShell(line)).toEqual(['curl.exe', ...words]);
      }),
      { numRuns: 5000 },
    );
  });

  it('is plain if no word has a quote in it', () => {
    const command = sign(
      ['--shell', 'powershell', '--date', '20260115T093045Z', "http://a.example/it's?a=1"],
      VARIABLES,
    );
    expect(command).toMatch(
      /^curl\.exe -X GET --globoff --path-as-is -H 'Host: a\.example' -H 'X-Sdk-Date: 20260115T093045Z' -H 'Authorization: SDK-HMAC-SHA256 [^']+' 'http:\/\/a\.example\/it''s\?a=1'$/,
    );
  });
});

describe.each(['cmd', 'powershell'])('--shell %s', (shell) => {
  it('writes JSON, forms and names of files', () => {
    for (const data of [
      ['-d', '{"a b":"c%PATH%"}'],
      ['-d', 'a=1&b=2'],
      ['--data-binary', '@package.json'],
    ]) {
      const command = sign(['--shell', shell, ...data, 'http://a.example/x?a=1&b=%2F'], VARIABLES);
      const words = shell === 'cmd' ? wordsOf(throughCmd(command, { PATH: 'x' })) : throughPowerShell(command);
      const expected = data[0] === '-d' ? ['--data-raw', data[1]] : data;
      expect(words.slice(-3)).toEqual([...expected, 'http://a.example/x?a=1&b=%2F']);
    }
  });
});
