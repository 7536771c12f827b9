import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BodyCapture } from '../../src/http/body-capture.js';
import { privateState } from '../../src/http/private-state.js';
import { RequestState } from '../../src/http/request-state.js';

function makeObjects(): object[] {
  const request = new IncomingMessage(new Socket());
  return [request, new Proxy(request, {}), Object.create(request) as object, Object.assign({}, request), {}, []];
}

const makeCaptures = () => Array.from({ length: 6 }, () => BodyCapture.on(new IncomingMessage(new Socket())));

type Value = number | undefined;

interface Memory<T> {
  get(object: T): Value;
  set(object: T, value: Value): void;
}

/** Of the objects of `make`, `memory()` remembers what a WeakMap of them would. */
function remembersAll<T extends object>(make: () => T[], memory: () => Memory<T>): void {
  const step = fc.record({ object: fc.nat(5), memory: fc.nat(2), value: fc.option(fc.nat(), { nil: undefined }) });
  const property = fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
    const objects = make();
    const memories = Array.from({ length: 3 }, memory);
    const maps = memories.map(() => new WeakMap<T, Value>());
    for (const { object, memory, value } of steps) {
      memories[memory]!.set(objects[object]!, value);
      maps[memory]!.set(objects[object]!, value);
      for (const each of objects) {
        expect(memories.map((memory) => memory.get(each))).toEqual(maps.map((map) => map.get(each)));
      }
    }
  });
  fc.assert(property, { numRuns: 500 });
}

it('an object cache keeps the same values as a WeakMap', () => remembersAll(makeObjects, () => privateState()));

it('a capture cache keeps the same values as a WeakMap', () => remembersAll(makeCaptures, () => new RequestState()));

it('a cache leaves nothing visible on an object', () => {
  const [object] = makeObjects() as [object];
  const keys = Reflect.ownKeys(object);
  privateState<string>().set(object, 'a secret');
  expect(Reflect.ownKeys(object)).toEqual(keys);
});
