import { check } from './main.js';

declare function it(name: string, test: () => Promise<void>): void;

for (const adapter of ['express', 'fastify']) {
  it(`an application on ${adapter} verifies signatures`, () => check(adapter));
}
