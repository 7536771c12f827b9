import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/support/programs.setup.ts'],
    include: ['test/**/*.test.ts', 'sample-app/**/*.spec.ts'],
    // More than cores: many tests wait for other processes most of their time.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
