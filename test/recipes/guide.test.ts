import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const GUIDE = readFileSync('docs/guide/calling-your-backend.md', 'utf8');

it.each([
  ['js', 'pre-request.js'],
  ['http', 'requests.http'],
  ['yaml', 'compose.yaml'],
])('the guide shows the %s of %s unchanged', (language, file) => {
  const blocks = Array.from(GUIDE.matchAll(/^```(\w+)\n(.*?)^```$/gms), ([, name, text]) => [name, text]);
  expect(blocks).toContainEqual([language, readFileSync(`docs/recipes/${file}`, 'utf8')]);
});
