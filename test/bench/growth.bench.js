import console from 'node:console';
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { URL } from 'node:url';
import { createVerifier, signRequest } from '../../dist/esm/core/index.js';
import { drawGrowth } from './growth.svg.js';
import { hostileRequests } from './hostile.js';
import { machine, printTable } from './interleaved.js';
import { KEY, NOW, parserOf, SECRET } from './workloads.js';

const ROUNDS = 60;

const powersOfTen = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at));
const names = (count, prefix) => Array.from({ length: count }, (_, at) => prefix + String(at).padStart(6, '0'));
/** Always the same order, far from a sorted one: 7919 is a prime. */
const shuffled = (list) => list.map((_, at) => list[(at * 7919) % list.length]);

const queryOf = (list) => '/?' + list.map((name) => `${name}=v`).join('&');
const DIMENSIONS = [
  {
    name: 'query parameters, sorted',
    sizes: powersOfTen(1, 4),
    request: (size) => ({ target: queryOf(names(size, 'p')) }),
  },
  {
    name: 'query parameters, shuffled',
    sizes: powersOfTen(1, 4),
    request: (size) => ({ target: queryOf(shuffled(names(size, 'p'))) }),
  },
  {
    name: 'signed headers',
    sizes: [10, 30, 100],
    request: (size) => ({ headers: names(size, 'x-').map((name) => [name, 'value']) }),
  },
  {
    name: 'bytes of path, clean',
    sizes: [100, 1000, 8000],
    request: (size) => ({ target: '/' + 'segment/'.repeat(size / 8) }),
  },
  {
    name: 'bytes of path, all encoded',
    sizes: [100, 1000, 8000],
    request: (size) => ({ target: '/' + '%20'.repeat(size / 3) }),
  },
  { name: 'keys in the keyring', sizes: powersOfTen(0, 5), request: () => ({}), keys: (size) => size },
];

/** The least that a verification took of many, a few of each in turn; in microseconds. */
function measure(cases) {
  const best = cases.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, { verifier, fresh, ok }] of cases.entries()) {
      const requests = Array.from({ length: best[at] < 100 ? 40 : 2 }, fresh);
      const start = performance.now();
      for (const request of requests) if (verifier.verify(request).ok !== ok) throw new Error(`not ${ok}`);
      best[at] = Math.min(best[at], ((performance.now() - start) * 1000) / requests.length);
    }
  }
  return best;
}

function caseOf({ request, keys = () => 1 }, size) {
  const { target = '/', headers = [] } = request(size);
  const unsigned = { method: 'GET', target, headers: [['Host', 'example.com'], ...headers] };
  const signed = signRequest(unsigned, { key: KEY, secret: SECRET, date: NOW });
  const others = names(keys(size) - 1, 'key').map((name) => [name, `secret of ${name}`]);
  const options = { keys: Object.fromEntries([...others, [KEY, SECRET]]), queryPieces: 1e6, now: () => NOW };
  return { verifier: createVerifier(options), fresh: parserOf({ ...unsigned, headers: signed.headers }), ok: true };
}

const lines = [];
for (const dimension of DIMENSIONS) {
  const times = measure(dimension.sizes.map((size) => caseOf(dimension, size)));
  lines.push({ name: dimension.name, points: dimension.sizes.map((size, at) => [size, times[at]]) });
}

const verifier = createVerifier({ keys: { [KEY]: SECRET }, now: () => NOW });
const hostile = hostileRequests();
const worst = measure(hostile.map(({ request }) => ({ verifier, fresh: parserOf(request), ok: false })));

console.log(machine());
const shown = [...new Set(lines.flatMap(({ points }) => points.map(([size]) => size)))].sort((a, b) => a - b);
printTable(
  ['µs', ...shown.map((size) => size.toLocaleString('en'))],
  lines.map(({ name, points }) => [name, ...shown.map((size) => new Map(points).get(size)?.toFixed(1) ?? '')]),
);
console.log();
printTable(
  ['refused, of 16 KB', 'µs'],
  hostile.map(({ name }, at) => [name, worst[at].toFixed(0)]).sort((a, b) => b[1] - a[1]),
);
writeFileSync(new URL('growth.svg', import.meta.url), drawGrowth(lines));
