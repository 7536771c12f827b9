import { Test } from '@nestjs/testing';
import { overrideSignature } from 'nestjs-apig-signature/testing';
import { HelloController } from './hello.controller.js';
import { HelloModule } from './hello.module.js';

describe('HelloController', () => {
  it('greets its caller', async () => {
    const testing = await overrideSignature(Test.createTestingModule({ imports: [HelloModule] }), {
      key: 'anybody',
    }).compile();
    expect(testing.get(HelloController).greet()).toBe('Greeted.');
  });
});
