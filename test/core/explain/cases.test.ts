import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { explainMismatch, toWireText, type Explanation } from '../../../src/core/index.js';

/** A request that went wrong somewhere, and what has to be found out about it. */
interface Case {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly [name: string, value: string][];
  readonly bodyBase64: string;
  readonly key: string;
  readonly secret: string;
  readonly expect: { readonly cause?: string; readonly suspects?: readonly string[] };
}

const cases = JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8')) as readonly Case[];

function explain({ method, target, headers, bodyBase64, key, secret }: Case): Explanation {
  const request = {
    method,
    target: toWireText(target),
    headers: headers.map(([name, value]): [string, string] => [name, toWireText(value)]),
    body: Buffer.from(bodyBase64, 'base64'),
  };
  return explainMismatch(request, { keys: { [key]: secret } });
}

it.each(cases.map((each) => [each.name, each] as const))('explains: %s', (_, each) => {
  const { cause, suspects = [], text, matches } = explain(each);
  expect(matches).toBe(false);
  expect({ cause: cause?.code, suspects }).toEqual({
    cause: each.expect.cause,
    suspects: each.expect.suspects ?? [],
  });
  for (const name of suspects) expect(text).toContain(name);
});
