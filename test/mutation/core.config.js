import { shared } from './shared.config.js';

export default {
  ...shared('core'),
  mutate: ['src/core/**/*.ts'],
  vitest: { configFile: 'test/mutation/core.vitest.config.js' },
  thresholds: { high: 100, low: 95, break: 95 },
};
