import { expect, it } from 'vitest';
import { frozenOptions } from '../../src/core/check-options.js';

it('frozenOptions copies options and their lists, and freezes both', () => {
  const options = { allowedKeys: ['reader'], bodyLimit: 1 };
  const frozen = frozenOptions(options);
  options.allowedKeys.push('writer');
  options.bodyLimit = 2;
  expect(frozen).toEqual({ allowedKeys: ['reader'], bodyLimit: 1 });
  expect(Object.isFrozen(frozen)).toBe(true);
  expect(Object.isFrozen(frozen.allowedKeys)).toBe(true);
});
