import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { objectMemory } from '../../src/nest/object.memory.js';

function makeObjects(): object[] {
  const request = new IncomingMessage(new Socket());
  return [request, new Proxy(request, {}), Object.create(request) as object, Object.assign({}, request), {}, []];
}

it('remembers what a WeakMap remembers', () => {
  const step = fc.record({ object: fc.nat(5), memory: fc.nat(1), value: fc.option(fc.nat(), { nil: undefined }) });
  const property = fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
    const objects = makeObjects();
    const memories = [objectMemory<number | undefined>(), objectMemory<number | undefined>()];
    const maps = memories.map(() => new WeakMap<object, number | undefined>());
    for (const { object, memory, value } of steps) {
      memories[memory]!.set(objects[object]!, value);
      maps[memory]!.set(objects[object]!, value);
      for (const each of objects) {
        expect(memories.map((memory) => memory.get(each))).toEqual(maps.map((map) => map.get(each)));
      }
    }
  });
  fc.assert(property, { numRuns: 500 });
});

it('leaves nothing on an object that anybody could see', () => {
  const [object] = makeObjects() as [object];
  const keys = Reflect.ownKeys(object);
  objectMemory<string>().set(object, 'a secret');
  expect(Reflect.ownKeys(object)).toEqual(keys);
});
