import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curlCommand, toWireText } from '../../src/core/index.js';
import { SHELLS, type } from '../support/shells.js';

/** Stands in for curl: prints each word, and a body where it stands or where it would be read. */
const CURL = `curl() { flag=
  for word; do
    case "$flag $word" in
      '--data-binary @-') cat; printf '\\0' ;;
      *) printf '%s\\0' "$word" ;;
    esac
    flag=$word
  done
}`;

const special = fc.constantFrom(
  ...["'", '"', '$', '`', '\\', '!', '%', '*', '?', '~', '#', ';', '&', '|', '=', '(', '-', '@', ' ', '\t', '\x7f'],
  ...[
    '\r',
    '\n',
    '\0',
    "''",
    '$(',
    '!!',
    '%s',
    '\\n',
    '\\0',
    '\x1b[A',
    'é',
    '\u{1f600}',
    '\u202e',
    '\x85',
    '\ufeff',
  ].map(toWireText),
);
const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const plain = fc.constantFrom('a', 'B', '0', '7', 'value');
/** Any bytes, a character each, with more of those than usual that some shell reads as something else. */
const bytes = fc.array(fc.oneof(special, byte, plain), { maxLength: 8 }).map((parts) => parts.join(''));

const request = fc.record({
  value: bytes.map((text) => text.replace(/[\0\r\n]/g, '')),
  body: fc.option(bytes, { nil: undefined }),
  target: bytes.map((text) => '/' + text.replace(/[^\x21-\x7e]/g, '')),
});

type Request = typeof request extends fc.Arbitrary<infer R> ? R : never;

/** As the manual of curl has it. */
const headerLine = (value: string) => (/^[ \t]*$/.test(value) ? 'X-A;' : `X-A: ${value}`);

describe.each(SHELLS)('curl, with a command typed at the prompt of %s', (shell) => {
  it('gets exactly the bytes of the request', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 30 }), async (requests) => {
        const commands = requests.map(({ value, body, target }) =>
          curlCommand({
            method: 'POST',
            origin: 'http://h',
            target,
            headers: [
              ['X-A', value],
              ['Content-Type', 'a/b'],
            ],
            body: body === undefined ? undefined : Buffer.from(body, 'latin1'),
          }),
        );
        const printed = (await type(shell, [CURL, ...commands].join('\n'))).toString('latin1');
        const words = ({ value, body, target }: Request) => [
          ...['-X', 'POST', '--globoff', '--path-as-is', '-H', headerLine(value), '-H', 'Content-Type: a/b'],
          ...(body === undefined ? [] : ['--data', body]),
          'http://h' + target,
        ];
        expect(printed.replace(/--data-(raw|binary)\0/g, '--data\0')).toBe(requests.flatMap(words).join('\0') + '\0');
      }),
      { numRuns: 10 },
    );
  });
});
