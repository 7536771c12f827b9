import { shared } from './shared.config.js';

export default {
  ...shared('nest'),
  mutate: ['src/nest/*.ts'],
  vitest: { configFile: 'test/mutation/nest.vitest.config.js' },
  thresholds: { high: 100, low: 85, break: 85 },
};
