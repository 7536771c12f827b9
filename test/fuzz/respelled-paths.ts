/** One path, spelled in two ways, under one signature: it reaches one handler, or a start has warned of the two. */
import { strict as assert } from 'node:assert';
import { Agent } from 'node:http';
import { Controller, Get, Param, type Type } from '@nestjs/common';
import fc from 'fast-check';
import { RequireApigSignature } from '../../src/index.js';
import { echoModule } from '../support/echo.controller.js';
import { forward } from '../support/gateway.js';
import { send, type Reply } from '../support/http-client.js';
import { start, type Platform } from '../support/platforms.js';
import { RecordedLog } from '../support/recorded-log.js';
import type { Outcomes } from './property.js';

/** A segment of a route: fixed text, or a parameter with what stands around it. */
interface Piece {
  readonly before: string;
  readonly names: number;
  readonly after: string;
}

const TEXTS = [
  'a',
  'me',
  '@me',
  'sign-up',
  'v1.0',
  'a,b',
  'a:b',
  '~x',
  "it's",
  '$1',
  'x+y',
  'a;b',
  'k=v',
  '(x)',
  'é',
  '%',
];
const VALUES = [...TEXTS, 'x', '-', '.', 'a-b-c', '@', 'x.json', 'x@y', 'a.b-c', '!*"|', '[{`^}]', '<\\>_'];

const fixed = fc.constantFrom(...TEXTS).map((before): Piece => ({ before, names: 0, after: '' }));
const dynamic = fc.constantFrom<Piece>(
  { before: '', names: 1, after: '' },
  { before: '@', names: 1, after: '' },
  { before: 'x-', names: 1, after: '' },
  { before: '', names: 1, after: '.json' },
  { before: '', names: 2, after: '' },
);
const route = fc.record({
  pieces: fc.array(fc.oneof(fixed, dynamic), { minLength: 1, maxLength: 3 }),
  isOpen: fc.boolean(),
});
type Route = typeof route extends fc.Arbitrary<infer R> ? R : never;

/** Three of them: each pair of handlers has room in one warning. Related ones, else few targets would fit two. */
const table = fc
  .tuple(
    fc.array(route, { minLength: 3, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(2), fc.nat(2), dynamic), { maxLength: 4 }),
  )
  .map(([routes, turns]) => {
    const pieces = routes.map((each) => [...each.pieces]);
    for (const [at, place, piece] of turns) {
      // A route like the one before it, but for a parameter in one place.
      if (at > 0) pieces[at] = pieces[at - 1]!.map((each, index) => (index === place ? piece : each));
    }
    return routes.map((each, at): Route => ({ ...each, pieces: pieces[at]! }));
  });

/** A path of a route, as a router of this kind wants it written. */
function pathOf({ pieces, isOpen }: Route, { name }: Platform): string {
  let count = 0;
  const literal = (text: string) =>
    name === 'fastify' ? text.replaceAll(':', '::') : text.replace(/[()[\]{}?+!*:\\]/g, '\\$&');
  const parameters = (names: number) => Array.from({ length: names }, () => `:p${count++}`).join('-');
  const written = pieces.map(({ before, names, after }) => literal(before) + parameters(names) + literal(after));
  return [...written, ...(isOpen ? [name === 'fastify' ? '*' : '*rest'] : [])].join('/');
}

type Params = Readonly<Record<string, string | string[]>>;

/** A wildcard shows the final slash, which no signature covers: docs/guide/security.md names it. */
function withoutFinalSlash({ rest, '*': all, ...others }: Params): object {
  const segments = [rest ?? (all as string | undefined)?.split('/') ?? []].flat();
  return { ...others, rest: segments.at(-1) === '' ? segments.slice(0, -1) : segments };
}

function controllerOf(routes: readonly Route[], platform: Platform): Type {
  class FuzzedController {
    readonly isFuzzed = true;
  }
  const prototype = FuzzedController.prototype as object as Record<string, unknown>;
  for (const [at, each] of routes.entries()) {
    const name = `route${at}`;
    const value = (params: Params) => ({ name, params: withoutFinalSlash(params) });
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
    Get(pathOf(each, platform))(prototype, name, Object.getOwnPropertyDescriptor(prototype, name)!);
    Param()(prototype, name, 0);
    Reflect.defineMetadata('design:paramtypes', [Object], prototype, name);
  }
  RequireApigSignature()(FuzzedController);
  Controller()(FuzzedController);
  return FuzzedController;
}

/** A target that a route may take, as ordinary text whose segments are not encoded. */
const segmentsFor = ({ pieces, isOpen }: Route) =>
  fc
    .tuple(
      ...pieces.map(({ before, names, after }) =>
        fc
          .array(fc.constantFrom(...VALUES), { minLength: names, maxLength: names })
          .map((values) => before + values.join('-') + after),
      ),
      fc.array(fc.constantFrom(...VALUES), { minLength: isOpen ? 1 : 0, maxLength: isOpen ? 2 : 0 }),
    )
    .map((parts): string[] => parts.flat());

/** One spelling of it: an escape for what has to have one, and here and there for other characters but letters and digits. */
const spelling = (segments: readonly string[]) =>
  fc.tuple(fc.infiniteStream(fc.nat(3)), fc.nat(9)).map(([chance, slash]) => {
    const spell = (byte: number) => {
      const char = String.fromCharCode(byte);
      const isFree = /[!-~]/.test(char) && !/[%?#/]/.test(char);
      if (/[A-Za-z0-9]/.test(char) || (isFree && chance.next().value !== 0)) return char;
      const escape = '%' + byte.toString(16).padStart(2, '0');
      return chance.next().value === 0 ? escape : escape.toUpperCase();
    };
    const written = segments.map((text) => [...Buffer.from(text)].map(spell).join(''));
    return `/${written.join('/')}${slash === 0 ? '/' : ''}`;
  });

/** Sends `pairs` pairs of spellings to each of `tables` applications of a platform. Throws for a difference unnamed. */
export async function respelledPaths(
  platform: Platform,
  tables: number,
  pairs: number,
  seed: number,
): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const count = (outcome: string) => (outcomes[outcome] = (outcomes[outcome] ?? 0) + 1);
  for (const [at, routes] of fc.sample(table, { numRuns: tables, seed }).entries()) {
    const logger = new RecordedLog();
    const controller = controllerOf(routes, platform);
    const running = await start(platform, echoModule({}, [controller]), { logger }).catch((error: unknown) => {
      // Two routes of one pattern.
      assert.match(String(error), /already declared/);
      count('no table');
    });
    if (!running) continue;
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    const cases = fc
      .constantFrom(...routes)
      .chain(segmentsFor)
      .chain((segments) => fc.tuple(spelling(segments), spelling(segments)));
    const shown = routes.map((each) => pathOf(each, platform)).join('  ');
    await Promise.all(
      fc.sample(cases, { numRuns: pairs, seed: seed + at }).map(async ([one, other]) => {
        const request = forward({ target: one });
        const replies = await Promise.all(
          [one, other].map((target) => send(running.port, { ...request, target }, agent)),
        );
        count(
          outcomeOf(replies as [Reply, Reply], logger.troubles, `${platform.name}: ${one} and ${other} at ${shown}`),
        );
      }),
    ).finally(async () => {
      agent.destroy();
      await running.app.close();
    });
  }
  return outcomes;
}

function outcomeOf(replies: readonly [Reply, Reply], warnings: readonly string[], what: string): string {
  for (const { status } of replies) assert.ok([200, 404].includes(status), `${status}: ${what}`);
  if (replies.some(({ status }) => status === 404)) return 'no handler';
  if (replies[0].text === replies[1].text) return 'one handler';
  const names = replies.map(({ text }) => `FuzzedController.${(JSON.parse(text) as { name: string }).name}`);
  const pairs = [names.join(' and '), names.toReversed().join(' and ')];
  const isNamed = warnings.some((line) =>
    names[0] === names[1]
      ? line.includes('moves the border') && line.includes(names[0]!)
      : pairs.some((pair) => line.includes(pair)),
  );
  assert.ok(isNamed, `${replies.map(({ text }) => text).join(' or ')}, and no warning: ${what}; ${warnings.join()}`);
  return 'a warning';
}
