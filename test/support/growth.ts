import { performance } from 'node:perf_hooks';
import { expect } from 'vitest';

const MOST_TIMES_AS_LONG = 15;
/** Characters of texts, each ten times the one before. What is quadratic is so from each to the next. */
const SIZES = [4000, 40_000, 400_000] as const;
/** Measurements, of which the shortest count: other work on the machine, and garbage, make any of them longer. */
const ATTEMPTS = 20;
const SHORTEST_SAMPLE = 1;
/** Milliseconds below which compiling, garbage and other work tell more than the text. */
const SHORTEST_TIME = 0.5;
/** Milliseconds that no other work on the machine explains. */
const TOO_LONG = 1000;

/** Texts that cost a careless regular expression or loop the most, repeated to any length. */
export const HOSTILE_SHAPES: readonly string[] = [
  ...['x', ' ', '\t', '\n', '\r\n', ':', '=', '&', '?', '/', '%', '+', ',', ';', '|', '"', '-', '*', '0', '\\'],
  ...['%41', 'a=b&', 'a:b\n', ':1', 'A|/', 'A|/|', '||', '||a|', '|a||b', '=x;', 'eyJ', 'authors', 'api-', 'host="'],
  ...[
    'charset ',
    'charset*',
    'SDK-HMAC-SHA256 ',
    'Access=k,',
    'https://',
    'x-a: b\r\n',
    '2026',
    '\u00e9',
    'canonicalRequest ',
  ],
];

/**
 * Expects that ten times the text takes at most 15 times the time, whichever of the shapes it is made of. Memory makes
 * one step of sizes dearer than that at times, where arrays get too large for a cache, but not the next one too.
 */
export function expectLinear(run: (text: string) => unknown, shapes: readonly string[] = HOSTILE_SHAPES): void {
  for (const shape of shapes) {
    const [small, large, larger] = SIZES.map((size) => shape.repeat(Math.ceil(size / shape.length)).slice(0, size));
    const first = growth(run, small!, large!);
    const isDoubtful = first.times > MOST_TIMES_AS_LONG && first.milliseconds < TOO_LONG;
    const times = isDoubtful ? growth(run, large!, larger!).times : first.times;
    expect(times, `times as long for ten times ${JSON.stringify(shape)}`).toBeLessThanOrEqual(MOST_TIMES_AS_LONG);
  }
}

/** How many times as long the larger text takes, and how long. */
function growth(run: (text: string) => unknown, small: string, large: string) {
  let [ofSmall, milliseconds, times] = [Infinity, Infinity, Infinity];
  for (let attempt = 0; attempt < ATTEMPTS && times > MOST_TIMES_AS_LONG; attempt++) {
    ofSmall = Math.min(ofSmall, timeOf(run, small));
    milliseconds = Math.min(milliseconds, timeOf(run, large));
    times = milliseconds / Math.max(SHORTEST_TIME, ofSmall);
    if (milliseconds > TOO_LONG) break;
  }
  return { times, milliseconds };
}

/** Milliseconds of one call. A call that throws counts as well: to refuse a text takes time, too. */
function timeOf(run: (text: string) => unknown, text: string): number {
  const start = performance.now();
  let calls = 0;
  do {
    try {
      run(text);
    } catch {
      // Most texts are refused.
    }
    calls++;
  } while (performance.now() - start < SHORTEST_SAMPLE);
  return (performance.now() - start) / calls;
}
