import console from 'node:console';
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { URL } from 'node:url';
import { createVerifier, signRequest } from '../../dist/esm/core/index.js';
import { HeldBytes } from '../../dist/esm/http/held-bytes.js';
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
    sizes: powersOfTen(1, 3),
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
  { name: 'bodies that wait', sizes: powersOfTen(0, 4), caseOf: oneMoreBody },
];

/** The least that a step took of many, a few of each in turn; in microseconds. */
function measure(cases) {
  const best = cases.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, { fresh, isRight }] of cases.entries()) {
      const inputs = Array.from({ length: best[at] < 100 ? 40 : 2 }, fresh);
      const start = performance.now();
      for (const input of inputs) if (!isRight(input)) throw new Error('not what it must be');
      best[at] = Math.min(best[at], ((performance.now() - start) * 1000) / inputs.length);
    }
  }
  return best;
}

function verification({ request, keys = () => 1 }, size) {
  const { target = '/', headers = [] } = request(size);
  const unsigned = { method: 'GET', target, headers: [['Host', 'example.com'], ...headers] };
  const signed = signRequest(unsigned, { key: KEY, secret: SECRET, date: NOW });
  const others = names(keys(size) - 1, 'key').map((name) => [name, `secret of ${name}`]);
  const options = { keys: Object.fromEntries([...others, [KEY, SECRET]]), queryPieces: 1e6, now: () => NOW };
  const verifier = createVerifier(options);
  const fresh = parserOf({ ...unsigned, headers: signed.headers });
  return { fresh, isRight: (request) => verifier.verify(request).ok };
}

/** One more body begins to wait where memory is full, so that one of so many is sent away. */
function oneMoreBody(_, size) {
  let clock = 0;
  const heldBytes = new HeldBytes(size * 1000, () => clock++);
  const add = () => heldBytes.open(() => {}).set(1000);
  for (let body = 0; body < size; body++) add();
  const isRight = () => {
    add();
    return heldBytes.waiting === size;
  };
  return { fresh: () => undefined, isRight };
}

const lines = [];
for (const dimension of DIMENSIONS) {
  const times = measure(dimension.sizes.map((size) => (dimension.caseOf ?? verification)(dimension, size)));
  lines.push({ name: dimension.name, points: dimension.sizes.map((size, at) => [size, times[at]]) });
}

const verifier = createVerifier({ keys: { [KEY]: SECRET }, now: () => NOW });
const hostile = hostileRequests();
const isRefused = (request) => !verifier.verify(request).ok;
const worst = measure(hostile.map(({ request }) => ({ fresh: parserOf(request), isRight: isRefused })));

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
