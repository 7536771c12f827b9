import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'sample-app/**/*.spec.ts'],
    globalSetup: ['test/support/programs.setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
