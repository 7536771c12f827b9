import { performance } from 'node:perf_hooks';
import { expect } from 'vitest';

/** Characters of the smaller input; the larger one has ten times as many. */
const SMALL = 4000;
const TIMES = 10;
/** How many times as long the larger input may take: a tenfold input takes a quadratic function a hundred times as long. */
const MOST_TIMES_AS_LONG = 15;
/** Measurements, of which one has to do: other work on the machine, and garbage, make any of them longer. */
const ATTEMPTS = 60;
const SHORTEST_SAMPLE = 1;
/** Milliseconds below which compiling, garbage and other work tell more than the text. A quadratic step takes hundreds. */
const SHORTEST_TIME = 0.5;

/** Texts that cost a careless regular expression or loop the most, repeated to any length. */
export const HOSTILE_SHAPES: readonly string[] = [
  ...[
    'x',
    ' ',
    '\t',
    '\n',
    '\r\n',
    ':',
    '=',
    '&',
    '?',
    '/',
    '%',
    '+',
    ',',
    ';',
    '|',
    '"',
    '-',
    '*',
    '0',
    '\\',
    '\u00e9',
  ],
  ...['%41', 'a=b&', 'a:b\n', ':1', 'A|/', 'A|/|', '||', '||a|', '|a||b', '=x;', 'eyJ', 'authors', 'api-', 'host="'],
  ...['charset ', 'charset*', 'SDK-HMAC-SHA256 ', 'Access=k,', 'https://', 'x-a: b\r\n', '2026', 'canonicalRequest '],
];

/** Expects that ten times the text takes at most 15 times the time, whichever of the shapes it is made of. */
export function expectLinear(run: (text: string) => unknown, shapes: readonly string[] = HOSTILE_SHAPES): void {
  for (const shape of shapes) {
    const fill = (length: number) => shape.repeat(Math.ceil(length / shape.length)).slice(0, length);
    const [small, large] = [fill(SMALL), fill(SMALL * TIMES)];
    let [best, ofSmall, ofLarge] = [Infinity, Infinity, Infinity];
    for (let attempt = 0; attempt < ATTEMPTS && !(best <= MOST_TIMES_AS_LONG); attempt++) {
      // The shortest time of each counts: no other work on the machine makes it shorter.
      ofSmall = Math.min(
        ofSmall,
        timeOf(() => run(small)),
      );
      ofLarge = Math.min(
        ofLarge,
        timeOf(() => run(large)),
      );
      best = ofLarge / Math.max(SHORTEST_TIME, ofSmall);
    }
    expect(best, `times as long for ten times ${JSON.stringify(shape)}`).toBeLessThanOrEqual(MOST_TIMES_AS_LONG);
  }
}

/** Milliseconds of one call. A call that throws counts as well: to refuse a text takes time, too. */
function timeOf(call: () => unknown): number {
  const start = performance.now();
  let calls = 0;
  do {
    try {
      call();
    } catch {
      // Most texts are refused.
    }
    calls++;
  } while (performance.now() - start < SHORTEST_SAMPLE);
  return (performance.now() - start) / calls;
}
