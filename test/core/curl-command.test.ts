import { describe, expect, it } from 'vitest';
import { curlCommand, type RequestToType } from '../../src/core/index.js';

const command = (changes: Partial<RequestToType> = {}) =>
  curlCommand({
    method: 'POST',
    origin: 'http://a.example',
    target: '/',
    headers: [['Content-Type', 'a/b']],
    ...changes,
  });

describe('curlCommand', () => {
  it.each<[string, Partial<RequestToType>, command: string]>([
    [
      'quotes characters with a meaning in a shell',
      { target: "/it's?a=$b" },
      `-H 'Content-Type: a/b' 'http://a.example/it'\\''s?a=$b'`,
    ],
    [
      'percent-encodes characters that no target may hold',
      { target: '/é \0' },
      `-H 'Content-Type: a/b' 'http://a.example/%C3%A9%20%00'`,
    ],
    [
      'percent-encodes characters of two UTF-16 units',
      { target: '/😀' },
      `-H 'Content-Type: a/b' 'http://a.example/%F0%9F%98%80'`,
    ],
    ['shows UTF-8', { headers: [['A', 'Ã©']] }, `-H 'A: é' http://a.example/`],
    [
      'writes other bytes as octal numbers',
      { headers: [['A', 'é\x07']] },
      `-H "$(printf 'A: \\351\\007')" http://a.example/`,
    ],
    [
      'writes control characters for a terminal as octal numbers',
      { headers: [['A', '\x1b[2Jaâ\x80®']] },
      `-H "$(printf 'A: \\033[2Ja\\342\\200\\256')" http://a.example/`,
    ],
    ['has a form for empty headers', { headers: [['A', ' ']] }, "-H 'A;' http://a.example/"],
    ['leaves out a header that curl would add', { headers: [], unsent: ['Accept'] }, '-H Accept: http://a.example/'],
    [
      'leaves out the Content-Type that curl would add',
      { headers: [], body: Buffer.from('a') },
      '-H Content-Type: --data-raw a http://a.example/',
    ],
    [
      'leaves out the Content-Type together with signed headers',
      { headers: [['A', 'b']], body: Buffer.from('a') },
      "-H 'A: b' -H Content-Type: --data-raw a http://a.example/",
    ],
    [
      'leaves out a Content-Type once only',
      { headers: [], unsent: ['content-type'], body: Buffer.of() },
      "-H content-type: --data-raw '' http://a.example/",
    ],
    ['names a file', { bodyFile: 'é a.txt' }, "-H 'Content-Type: a/b' --data-binary '@é a.txt' http://a.example/"],
    [
      'names a file with a line break',
      { bodyFile: 'a\nb' },
      `-H 'Content-Type: a/b' --data-binary "$(printf '@a\\012b')" http://a.example/`,
    ],
  ])('%s', (_, changes, rest) => {
    expect(command(changes)).toBe(`curl -X POST --globoff --path-as-is ${rest}`);
  });

  it('uses a pipe for a body that cannot be shown or is too long for a word', () => {
    const rest = `curl -X POST --globoff --path-as-is -H 'Content-Type: a/b' --data-binary '@-' http://a.example/`;
    expect(command({ body: Buffer.from([0, 10, 255]) })).toBe(`printf '\\000\\012\\377' | ${rest}`);
    expect(command({ body: Buffer.from('\ufeffa') })).toBe(`printf '\\357\\273\\277a' | ${rest}`);
    expect(command({ body: Buffer.alloc(100_000, 'a') })).toBe(`printf '${'a'.repeat(100_000)}' | ${rest}`);
  });

  it('uses --head for HEAD, which has no body', () => {
    expect(command({ method: 'HEAD', headers: [] })).toBe('curl --head --globoff --path-as-is http://a.example/');
    const message = 'method: curl sends no HEAD request with a body';
    expect(() => command({ method: 'HEAD', body: Buffer.of() })).toThrow(new TypeError(message));
    expect(() => command({ method: 'HEAD', bodyFile: 'a' })).toThrow(new TypeError(message));
  });

  it('refuses text that no word can hold', () => {
    const error = new TypeError('No word on a command line holds a NUL, or ends with a line break');
    expect(() => command({ headers: [['A', 'a\0']] })).toThrow(error);
    expect(() => command({ bodyFile: 'a\n' })).toThrow(error);
  });
});
